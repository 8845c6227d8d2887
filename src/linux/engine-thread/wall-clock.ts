/** UTC for what needs it: how far it is from the clock that the engine runs on. */

import { type Micros, micros, milliseconds } from "../../base/time.js";
import { now } from "../both/clock.js";

/** Less is noise of reading two clocks one after the other; more is a clock that was set, or has drifted. */
const NOTEWORTHY: Micros = milliseconds(10);

/** Watches the distance between the two clocks. */
export class WallClock {
  #told: Micros | undefined;

  /** UTC in µs since 1970 minus {@link now}; undefined while it is what it was the last time it was told. */
  news(): Micros | undefined {
    const offset = micros(Date.now() * 1_000 - now());
    if (this.#told !== undefined && Math.abs(offset - this.#told) < NOTEWORTHY) return undefined;
    this.#told = offset;
    return offset;
  }
}
