/** The addresses of a simulated host as its kernel has them: they outlive the daemon, until their lifetime is over. */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { IpAddress } from "../base/ip-address.js";
import { after, type Micros, micros, seconds } from "../base/time.js";
import type { Clock } from "./clock.js";
import type { Random } from "./random.js";

/** How much longer than told a kernel leaves an address, µs: from what is usual to what it permits itself. */
const DELAY = { least: 60_000, most: 1_000_000 } as const;

interface Present {
  readonly line: InterfaceAddress;
  /** Undefined: never. */
  readonly expiresAt: Micros | undefined;
}

/** One kernel. */
export class KernelAddresses {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #expired: () => void;
  readonly #present = new Map<IpAddress, Present>();
  #frozen = false;

  /** @param expired called when addresses have gone by themselves. */
  constructor(clock: Clock, random: Random, expired: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#expired = expired;
  }

  /** All that are there. */
  get all(): InterfaceAddress[] {
    return [...this.#present.values()].map(({ line }) => line);
  }

  /** True when it is there. */
  has(address: IpAddress): boolean {
    return this.#present.has(address);
  }

  /** Adds one, unless it is there. @param lifetime seconds; undefined: for ever. */
  add(line: InterfaceAddress, lifetime: number | undefined): void {
    if (!this.has(line.address)) this.#set(line, lifetime);
  }

  /** Gives one that has a lifetime another one; adds it if it is not there. */
  renew(line: InterfaceAddress, lifetime: number | undefined): void {
    if (this.#present.get(line.address)?.expiresAt !== undefined || !this.has(line.address))
      this.#set(line, lifetime);
  }

  /** Removes one; true when it was there. */
  remove(address: IpAddress): boolean {
    return this.#present.delete(address);
  }

  /** The power is gone. */
  clear(): void {
    this.#present.clear();
    this.#frozen = false;
  }

  /** A virtual machine stands still, its kernel included: what ends in the meantime goes when it goes on. */
  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    if (!frozen) for (const present of [...this.#present.values()]) this.#look(present);
  }

  #set(line: InterfaceAddress, lifetime: number | undefined): void {
    const { now } = this.#clock;
    const present = { line, expiresAt: lifetime === undefined ? undefined : after(now, seconds(lifetime)) };
    this.#present.set(line.address, present);
    if (present.expiresAt !== undefined) this.#clock.schedule(present.expiresAt, () => this.#look(present));
  }

  #look(present: Present): void {
    const { expiresAt } = present;
    if (!this.#isDue(present) || expiresAt === undefined) return;
    const delay = this.#random.integer(DELAY.least, DELAY.most);
    this.#clock.schedule(micros(Math.max(this.#clock.now, expiresAt + delay)), () => {
      if (!this.#isDue(present)) return;
      this.#present.delete(present.line.address);
      this.#expired();
    });
  }

  #isDue({ line, expiresAt }: Present): boolean {
    const present = this.#present.get(line.address);
    const same = present?.line === line && present.expiresAt === expiresAt;
    return same && expiresAt !== undefined && this.#clock.now >= expiresAt && !this.#frozen;
  }
}
