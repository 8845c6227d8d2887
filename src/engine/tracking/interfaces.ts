/** What the engine knows of the host's interfaces, and which of their addresses adverts are sent from. */

import type { InterfaceAddress } from "../../base/interface-address.js";
import { type Family, familyOf, type IpAddress, isInSubnet, isLinkLocal } from "../../base/ip-address.js";
import type { Micros } from "../../base/time.js";
import type { EngineEvent } from "../events.js";
import type { InterfaceState, InterfaceStateAddress } from "../platform.js";
import { LinkStates } from "./link-states.js";

/** Address scope that only the host itself can use, linux/rtnetlink.h RT_SCOPE_HOST. */
const SCOPE_HOST = 254;

/**
 * Kinds of interface that take every frame of their ports, so that a socket bound to the port receives nothing. A VRF is none of
 * them.
 */
const TAKES_FRAMES: ReadonlySet<string> = new Set(["bridge", "bond", "team", "openvswitch"]);

/** The latest state of every interface, by name. */
export class Interfaces {
  readonly #states = new Map<string, InterfaceState>();
  /** The addresses of an interface, made when first asked for: with thousands of routers there are thousands of questions. */
  readonly #present = new Map<string, ReadonlyMap<IpAddress, InterfaceStateAddress>>();
  /** What is believed of links instead of their state in the kernel. */
  readonly links: LinkStates;

  constructor(emit: (event: EngineEvent) => void) {
    this.links = new LinkStates(emit);
  }

  /** The state of one; undefined when there is no such interface. */
  get(name: string): InterfaceState | undefined {
    return this.#states.get(name);
  }

  /** All, in the order in which they were first seen. */
  all(): IterableIterator<InterfaceState> {
    return this.#states.values();
  }

  /** Records a state; returns the previous one. */
  set(state: InterfaceState): InterfaceState | undefined {
    const before = this.#states.get(state.name);
    this.#states.set(state.name, state);
    this.#present.delete(state.name);
    return before;
  }

  /** Forgets an interface; returns its last state. */
  remove(name: string): InterfaceState | undefined {
    const before = this.#states.get(name);
    this.#states.delete(name);
    this.#present.delete(name);
    return before;
  }

  /** True when the interface exists and counts as up. */
  isUp(name: string): boolean {
    const state = this.#states.get(name);
    return state !== undefined && this.links.isUp(name, state.up);
  }

  /** Polling found a link up or down, see {@link LinkStates.polled}; true when that is news. */
  polled(name: string, up: boolean | undefined, now: Micros): boolean {
    return this.links.polled(name, up, this.#states.get(name)?.up, now);
  }

  /** True when the address is present on the interface. */
  holds(name: string, address: IpAddress): boolean {
    return this.addressOn(name, address) !== undefined;
  }

  /** True when the kernel shows what a line says: IPv6 has an address only once, whatever its prefix length. */
  shows(line: InterfaceAddress): boolean {
    return familyOf(line.address) === 6 ? this.holds(line.interface, line.address) : this.holdsExactly(line);
  }

  /** The state of an address on an interface; undefined when it is not there. */
  addressOn(name: string, address: IpAddress): InterfaceStateAddress | undefined {
    let present = this.#present.get(name);
    if (present === undefined) {
      present = new Map(this.#states.get(name)?.addresses.map((one) => [one.address, one]));
      this.#present.set(name, present);
    }
    return present.get(address);
  }

  /** The first interface with an address, and the state of the address there; undefined when it is on none. */
  find(
    address: IpAddress,
  ): { readonly interface: string; readonly present: InterfaceStateAddress } | undefined {
    for (const name of this.#states.keys()) {
      const present = this.addressOn(name, address);
      if (present !== undefined) return { interface: name, present };
    }
    return undefined;
  }

  /** True for an address in a subnet of an interface; `name` undefined: of any. An IPv6 link-local one always is. */
  isOnLink(name: string | undefined, address: IpAddress): boolean {
    if (isLinkLocal(address)) return true;
    const states = name === undefined ? [...this.#states.values()] : [this.#states.get(name)];
    return states.some((state) =>
      state?.addresses.some((own) => isInSubnet(address, own.address, own.prefixLength)),
    );
  }

  /** The bridge, bond or team that takes what arrives on an interface; undefined when the interface is a port of none. */
  masterOf(name: string): InterfaceState["portOf"] {
    const port = this.#states.get(name)?.portOf;
    return port !== undefined && TAKES_FRAMES.has(port.kind) ? port : undefined;
  }

  /** True when the address is there with the same prefix: with another one it is the host's own, as an address owner has it. */
  holdsExactly({ interface: name, address, prefixLength }: InterfaceAddress): boolean {
    const present = this.addressOn(name, address);
    if (present === undefined || present.prefixLength === prefixLength) return present !== undefined;
    // The same address may be there once for each of several prefix lengths.
    const addresses = this.#states.get(name)?.addresses ?? [];
    return addresses.some((one) => one.address === address && one.prefixLength === prefixLength);
  }

  /**
   * The address that adverts are sent from, RFC 9568 §5.1.1.1 "primary IPvX address": the first IPv4 address that is not
   * secondary, of those with the widest scope, as the kernel lists one that is valid on the link alone before others; or the IPv6 link-local one; never one of `virtual` (address/length), which may be
   * left over from an earlier run.
   */
  primaryAddress(name: string, family: Family, virtual: ReadonlySet<string>): IpAddress | undefined {
    const candidates = (this.#states.get(name)?.addresses ?? []).filter(
      (present) =>
        familyOf(present.address) === family &&
        !virtual.has(`${present.address}/${present.prefixLength}`) &&
        !present.unusable,
    );
    if (family === 6) return candidates.find((present) => isLinkLocal(present.address))?.address;
    const usable = candidates
      .filter((present) => present.scope !== SCOPE_HOST)
      .sort((one, other) => one.scope - other.scope);
    return (usable.find((present) => !present.secondary) ?? usable[0])?.address;
  }
}
