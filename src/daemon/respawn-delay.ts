/** How long to wait before an engine that died is started again: at once, then longer and longer. */

/** Longest delay, s; keepalived's. */
const LONGEST = 60;

/** An engine that lived this long is no part of a series any more, ms. */
const CALM = 300_000;

/** The delays of one daemon. */
export class RespawnDelay {
  #next = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** Seconds to wait after a death at `now` (ms, monotonic): 0, 1, 2, 4 … 60. */
  next(now: number): number {
    if (now - this.#last > CALM) this.#next = 0;
    this.#last = now;
    const delay = this.#next;
    this.#next = Math.min(LONGEST, delay === 0 ? 1 : 2 * delay);
    return delay;
  }
}
