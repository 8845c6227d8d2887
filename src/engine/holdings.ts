/** What MASTERs hold in the kernel: added when they take over, removed when they let go, watched in between. */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { Interfaces } from "./interfaces.js";
import { allAddresses, heldKey, type Member } from "./member.js";
import type { Platform } from "./platform.js";

/** Adds and removes the addresses of members. */
export class Holdings {
  readonly #platform: Platform;
  readonly #interfaces: Interfaces;

  constructor(platform: Platform, interfaces: Interfaces) {
    this.#platform = platform;
    this.#interfaces = interfaces;
  }

  /** Removes addresses that an earlier run left behind: they would make two holders. */
  removeLeftovers(members: readonly Member[]): void {
    const leftovers = members
      .flatMap((member) => allAddresses(member.instance))
      .filter((line) => this.#interfaces.holdsExactly(line));
    if (leftovers.length > 0) this.#platform.removeAddresses(leftovers);
  }

  /** Adds everything that a new MASTER holds. */
  take(member: Member): void {
    member.held = allAddresses(member.instance);
    member.confirmed.clear();
    for (const line of member.held) {
      if (this.#interfaces.holds(line.interface, line.address)) member.confirmed.add(heldKey(line));
    }
    if (member.held.length > 0) this.#platform.addAddresses(member.held);
  }

  /** Removes everything that a MASTER held. */
  release(member: Member): void {
    const { held } = member;
    member.held = [];
    member.confirmed.clear();
    if (held.length > 0) this.#platform.removeAddresses(held);
  }

  /** Goes over to the addresses of a MASTER's new configuration; returns those that were not held before. */
  change(member: Member): readonly InterfaceAddress[] {
    const wanted = allAddresses(member.instance);
    const text = new Set(wanted.map((line) => JSON.stringify(line)));
    const had = new Set(member.held.map((line) => JSON.stringify(line)));
    const gone = member.held.filter((line) => !text.has(JSON.stringify(line)));
    const added = wanted.filter((line) => !had.has(JSON.stringify(line)));
    member.held = wanted;
    for (const line of gone) member.confirmed.delete(heldKey(line));
    if (gone.length > 0) this.#platform.removeAddresses(gone);
    if (added.length > 0) this.#platform.addAddresses(added);
    return added;
  }

  /** An address of a member on this interface that was there and, deleted by somebody else, is there no more. */
  lost(member: Member, interfaceName: string): InterfaceAddress | undefined {
    for (const line of member.held) {
      if (line.interface !== interfaceName) continue;
      const key = heldKey(line);
      if (this.#interfaces.holds(interfaceName, line.address)) member.confirmed.add(key);
      else if (member.confirmed.delete(key) && !line.noTrack) return line;
    }
    return undefined;
  }
}
