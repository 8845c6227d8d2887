/**
 * Time must move: after all work up to an instant was done, no deadline may lie at or before it. Where one does, that is an error in
 * Vigil. Serving it again at once, for ever, would flood the LAN and keep every signal from being obeyed. So it is counted,
 * reported once, and served ever more rarely, until it moves.
 */

import { after, type Micros, milliseconds } from "../base/time.js";

/** The first pause, µs. It doubles each time, up to {@link LONGEST}. */
const FIRST: Micros = milliseconds(1);

/** The longest pause, µs: adverts of a second still leave in time. */
const LONGEST: Micros = milliseconds(100);

/** Watches the deadlines of one engine. */
export class Standstill {
  #pause: Micros | undefined;
  #notBefore: Micros | undefined;
  #count = 0;
  readonly #report: (at: Micros) => void;

  /** @param report called with the first deadline that stands still. */
  constructor(report: (at: Micros) => void) {
    this.#report = report;
  }

  /** How often a deadline did not move. */
  get count(): number {
    return this.#count;
  }

  /** To be called when all work up to `now` is done. @param next the next deadline, which must be later. */
  served(next: Micros | undefined, now: Micros): void {
    if (next === undefined || next > now) {
      this.#pause = undefined;
      this.#notBefore = undefined;
      return;
    }
    this.#count++;
    if (this.#count === 1) this.#report(next);
    this.#pause = this.#pause === undefined ? FIRST : (Math.min(2 * this.#pause, LONGEST) as Micros);
    this.#notBefore = after(now, this.#pause);
  }

  /** When a deadline may be served. */
  held(deadline: Micros | undefined): Micros | undefined {
    if (deadline === undefined || this.#notBefore === undefined) return deadline;
    return deadline < this.#notBefore ? this.#notBefore : deadline;
  }
}
