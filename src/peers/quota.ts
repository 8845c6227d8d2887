/** So many in a second and no more, spread over it: a flood leaves an even sample, and what comes alone always passes. */

import { type Micros, seconds } from "../base/time.js";

/** A bucket of tokens that fills evenly, and holds a second's worth. */
export class Quota {
  readonly #perSecond: number;
  #tokens: number;
  #filledAt: Micros | undefined;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
  }

  /** Takes one; false when none is left. */
  take(now: Micros): boolean {
    const passed = Math.max(0, now - (this.#filledAt ?? now));
    this.#filledAt = now;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (passed * this.#perSecond) / seconds(1));
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
