/**
 * A process that stood still wakes up with everything that queued up meanwhile: packets, messages of the kernel, requests. The engine
 * must know that it was away before it takes the first of them, or a MASTER answers the adverts of the router that has taken
 * over, as if it had never been silent. Shared by all who feed an engine, so that they do it in the same order.
 */

import { type Micros, micros } from "../base/time.js";
import type { Engine } from "./engine.js";

/** A deadline that is overdue by more than this, µs, tells that the process did not run. */
const LATE: Micros = micros(1_000);

/** Watches over the time that passes between two inputs of one engine. */
export class LateWaking {
  readonly #engine: Engine;
  /** A deadline of the engine, or the last time that it was found awake. */
  #due: Micros | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** To be called at the end of a turn. */
  sleep(): void {
    this.#due = this.#engine.nextDeadline();
  }

  /** To be called before each input and before deadlines are served; true when the engine had to be told that it woke late. */
  wake(now: Micros): boolean {
    if (this.#due === undefined || now - this.#due <= LATE) return false;
    this.#due = now;
    const deadline = this.#engine.nextDeadline();
    if (deadline === undefined || now - deadline <= LATE) return false;
    this.#engine.handle({ kind: "WokeLate", by: micros(now - deadline) }, now);
    return true;
  }
}
