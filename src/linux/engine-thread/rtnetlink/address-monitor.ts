/** `-a`: tells of every address that is there at the start, comes or goes, in keepalived's words. */

import type { EngineInput, InterfaceState } from "../../../engine/platform.js";

/** Follows the interfaces as the engine is told of them. */
export class AddressMonitor {
  readonly #tell: (line: string) => void;
  /** Addresses by interface. */
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  /** Takes an input about interfaces; others are passed over. */
  observe(input: EngineInput): void {
    switch (input.kind) {
      case "InterfacesListed": {
        const listed = new Set(input.states.map(({ name }) => name));
        for (const name of [...this.#known.keys()]) if (!listed.has(name)) this.#compare(name, new Set());
        for (const state of input.states) this.#compare(state.name, addressesOf(state));
        break;
      }
      case "InterfaceChanged":
        this.#compare(input.state.name, addressesOf(input.state));
        break;
      case "InterfaceRemoved":
        this.#compare(input.interface, new Set());
        break;
    }
  }

  #compare(name: string, now: ReadonlySet<string>): void {
    const before = this.#known.get(name) ?? new Set<string>();
    for (const address of now) {
      if (!before.has(address)) this.#tell(`Netlink reflector reports IP ${address} added to ${name}`);
    }
    for (const address of before) {
      if (!now.has(address)) this.#tell(`Netlink reflector reports IP ${address} removed from ${name}`);
    }
    this.#known.set(name, now);
  }
}

function addressesOf(state: InterfaceState): ReadonlySet<string> {
  return new Set(state.addresses.map(({ address }) => address));
}
