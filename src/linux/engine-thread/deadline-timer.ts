/** The one timer of the engine: an absolute instant of {@link now}, to the microsecond. */

import type { Micros } from "../../base/time.js";
import { now } from "../both/clock.js";
import { type Descriptor, native } from "../both/native.js";
import { Readiness } from "../both/readiness.js";

/** Serves one deadline at a time. Keeps the event loop alive until closed. */
export class DeadlineTimer {
  readonly #descriptor: Descriptor;
  readonly #readiness: Readiness;
  readonly #onDeadline: (lateness: Micros) => void;
  #deadline: Micros | undefined;
  #open = true;

  /** @param onDeadline called once for each deadline armed; `lateness` is how long after it this happens, never negative. */
  constructor(onDeadline: (lateness: Micros) => void) {
    this.#onDeadline = onDeadline;
    this.#descriptor = native.openTimer();
    this.#readiness = new Readiness(this.#descriptor, () => this.#expire());
  }

  /** The deadline that is waited for. */
  get deadline(): Micros | undefined {
    return this.#deadline;
  }

  /** Waits for this instant instead of the one before; one that is past is served from the event loop, not from here. */
  arm(deadline: Micros | undefined): void {
    if (deadline === this.#deadline || !this.#open) return;
    this.#deadline = deadline;
    // The instant 0 would disarm.
    native.setTimer(this.#descriptor, deadline === undefined ? 0 : Math.max(1, deadline));
  }

  /** Forgets the deadline, for good. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#deadline = undefined;
    this.#readiness.close();
    native.close(this.#descriptor);
  }

  #expire(): void {
    // The timer may have been set anew after it made the descriptor readable.
    if (native.readTimer(this.#descriptor) === 0 || this.#deadline === undefined) return;
    const lateness = Math.max(0, now() - this.#deadline) as Micros;
    this.#deadline = undefined;
    this.#onDeadline(lateness);
  }
}
