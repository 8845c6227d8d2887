/**
 * Renewals of address lifetimes, a few at a time: each costs the kernel and every listener to addresses some microseconds, and none
 * is as urgent as an advert.
 */

import type { InterfaceAddress } from "../../../base/interface-address.js";

/** In one turn of the event loop: half a millisecond. */
const AT_ONCE = 16;

/** The renewals that wait. */
export class Renewals {
  readonly #renew: (addresses: readonly InterfaceAddress[], lifetime: number | undefined) => void;
  /** Lifetimes by address; what waits longer than its own interval is renewed once. */
  readonly #waiting = new Map<InterfaceAddress, number | undefined>();
  #next: NodeJS.Immediate | undefined;

  /** @param renew carries out a part of them. */
  constructor(renew: (addresses: readonly InterfaceAddress[], lifetime: number | undefined) => void) {
    this.#renew = renew;
  }

  /** Has them wait. @param lifetime seconds; undefined: for ever. */
  add(addresses: readonly InterfaceAddress[], lifetime: number | undefined): void {
    for (const address of addresses) this.#waiting.set(address, lifetime);
  }

  /** They are not ours any more. */
  drop(addresses: readonly InterfaceAddress[]): void {
    if (this.#waiting.size === 0) return;
    for (const address of addresses) this.#waiting.delete(address);
  }

  /** To be called when everything more urgent is done: carries out the first ones, and the others in turns of their own. */
  begin(): void {
    if (this.#waiting.size > 0 && this.#next === undefined) this.#some();
  }

  /** Forgets all. */
  close(): void {
    this.#waiting.clear();
    clearImmediate(this.#next);
  }

  #some(): void {
    this.#next = undefined;
    const part: InterfaceAddress[] = [];
    let lifetime: number | undefined;
    for (const [address, its] of this.#waiting) {
      if (part.length === 0) lifetime = its;
      else if (its !== lifetime || part.length === AT_ONCE) break;
      part.push(address);
      this.#waiting.delete(address);
    }
    this.#renew(part, lifetime);
    if (this.#waiting.size > 0) this.#next = setImmediate(() => this.#some());
  }
}
