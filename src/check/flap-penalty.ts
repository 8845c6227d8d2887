/**
 * How long a check that failed has to be well until it is believed again: twice as long after each further failure, and less again
 * as time passes. A service that flaps so becomes the last choice instead of the first.
 */

import { type Micros, micros, seconds } from "../base/time.js";

/** After the first failure, µs. */
const BASE: Micros = seconds(4);

/** At most, µs. */
const MOST: Micros = seconds(300);

/** The time in which half of the failures are forgotten, µs. */
const HALF_LIFE: Micros = seconds(60);

/** Failures that count at most: more would only be remembered longer. */
const MOST_FAILURES = 8;

/** The failures of one check. */
export class FlapPenalty {
  /** Failures, half of them forgotten every {@link HALF_LIFE}; as of the last one. */
  #failures = 0;
  #failedAt: Micros = micros(0);

  /** The verdict went to failed. */
  failed(now: Micros): void {
    this.#failures = Math.min(this.failures(now) + 1, MOST_FAILURES);
    this.#failedAt = now;
  }

  /** Failures that are not forgotten at `now`. */
  failures(now: Micros): number {
    return this.#failures * 2 ** -((now - this.#failedAt) / HALF_LIFE);
  }

  /** µs that the check has to be well now; 0 before the first failure. */
  steadyTime(): Micros {
    if (this.#failures === 0) return micros(0);
    return micros(Math.min(MOST, Math.round(BASE * 2 ** (this.#failures - 1))));
  }
}
