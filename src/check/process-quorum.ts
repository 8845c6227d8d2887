/** Whether enough processes, and not too many, are running; with keepalived's patience about short changes. */

import { after, type Micros, micros } from "../base/time.js";

/** The settings of a `vrrp_track_process` that concern its quorum. */
export interface QuorumLimits {
  /** Fewest processes that are enough. */
  readonly quorum: number;
  /** Most processes allowed; undefined: any number. */
  readonly quorumMax: number | undefined;
  /** µs for which a change by a fork must last: the child of a tracked process may be about to become another program. */
  readonly forkDelay: Micros;
  /** µs for which a change by an end must last: a process may be about to be started again. */
  readonly terminateDelay: Micros;
}

/** What changed the number of processes. Only what is expected to be followed by its opposite has a delay. */
export type ProcessChange =
  /** A tracked process forked. */
  | "forked"
  /** A process ended. */
  | "ended"
  /** A process became, or no longer is, the tracked one by exec or by a new name. */
  | "renamed";

/** The verdict about one `vrrp_track_process`. */
export class ProcessQuorum {
  #limits: QuorumLimits;
  #count: number;
  #ok: boolean;
  #settlesAt: Micros | undefined;

  /** @param count processes running now. */
  constructor(limits: QuorumLimits, count: number) {
    this.#limits = limits;
    this.#count = count;
    this.#ok = this.#within(count);
  }

  /** True while there is a quorum. */
  get ok(): boolean {
    return this.#ok;
  }

  /** Processes running. */
  get count(): number {
    return this.#count;
  }

  /** When a delayed change takes effect. */
  get nextDeadline(): Micros | undefined {
    return this.#settlesAt;
  }

  /** The number changed; true when the verdict did. */
  counted(count: number, change: ProcessChange, now: Micros): boolean {
    const before = this.#within(this.#count);
    this.#count = count;
    if (this.#within(count) === before) return false;
    // A change that was waiting has been undone by this one.
    if (this.#settlesAt !== undefined) return this.#settle();
    const delay = this.#delayOf(change);
    if (delay === 0) return this.#settle();
    this.#settlesAt = after(now, delay);
    return false;
  }

  /** Serves the deadline; true when the verdict changed. */
  handleTimeout(now: Micros): boolean {
    return this.#settlesAt !== undefined && now >= this.#settlesAt && this.#settle();
  }

  /** A reload: other limits for the same processes. True when the verdict changed. */
  reconfigure(limits: QuorumLimits): boolean {
    const before = this.#limits;
    this.#limits = limits;
    const same = before.quorum === limits.quorum && before.quorumMax === limits.quorumMax;
    return same ? false : this.#settle();
  }

  #settle(): boolean {
    this.#settlesAt = undefined;
    const ok = this.#within(this.#count);
    const changed = ok !== this.#ok;
    this.#ok = ok;
    return changed;
  }

  #within(count: number): boolean {
    return count >= this.#limits.quorum && count <= (this.#limits.quorumMax ?? Infinity);
  }

  #delayOf(change: ProcessChange): Micros {
    if (change === "forked") return this.#limits.forkDelay;
    return change === "ended" ? this.#limits.terminateDelay : micros(0);
  }
}
