/** Events as lines of the log; those that a neighbour can provoke at will only so many. */

import { type Micros, micros } from "../base/time.js";
import type { EngineEvent } from "../engine/events.js";
import { now } from "../linux/both/clock.js";
import { LogLimiter } from "../report/log-limiter.js";
import { logLines } from "../report/log-lines.js";
import type { Logger } from "./logging.js";

/** Writes events. */
export class EventLog {
  readonly #log: Logger;
  readonly #limiter = new LogLimiter();
  #summary: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Writes the lines of an event that happened at `at`. */
  write(event: EngineEvent, at: Micros): void {
    if (!this.#limiter.admits(event, at)) {
      this.#awaitSummary();
      return;
    }
    for (const line of logLines(event)) {
      if (line.detail) this.#log.detail(line.text, { event });
      else this.#log.info(line.text, { event });
    }
  }

  #awaitSummary(): void {
    const { deadline } = this.#limiter;
    if (deadline === undefined || this.#summary !== undefined) return;
    const wait = Math.max(0, micros(deadline - now())) / 1_000;
    this.#summary = setTimeout(() => {
      this.#summary = undefined;
      const text = this.#limiter.summary(now());
      if (text !== undefined) this.#log.info(text);
      this.#awaitSummary();
    }, wait);
    this.#summary.unref();
  }
}
