/** Keeps lines that a neighbour can provoke at will from filling the log. Pure. */

import { type Micros, micros } from "../base/time.js";
import type { EngineEvent } from "../engine/events.js";

/** The span that limits are for, µs. */
const SPAN: Micros = micros(60_000_000);

/** Provoked lines in a span, of all instances together; the line that tells of the others is the twentieth. */
const LIMIT = 19;

/** Provoked lines of one kind about one instance in a span, so that one flood does not hide everything else. */
const LIMIT_PER_SUBJECT = 10;

/** Events that need no more than one packet of a neighbour each. */
const PROVOKED: ReadonlySet<EngineEvent["kind"]> = new Set<EngineEvent["kind"]>([
  "PacketDropped",
  "LowerPriorityReceived",
  "UnknownVrid",
  "LowerPriorityDiscarded",
  "HigherPriorityReceived",
  "PriorityZeroReceived",
  "MasterChanged",
  "AddressOwnerConflict",
  "AdvertIntervalDiffers",
  "AddressListDiffers",
]);

/** Decides about one log. */
export class LogLimiter {
  #spanEnd: Micros = micros(0);
  #written = 0;
  #held = 0;
  readonly #subjects = new Map<string, number>();

  /** Whether the lines of this event are written. */
  admits(event: EngineEvent, now: Micros): boolean {
    if (!PROVOKED.has(event.kind)) return true;
    if (now >= this.#spanEnd && this.#held === 0) this.#begin(now);
    const subject = `${event.kind} ${"instance" in event ? event.instance : ""}`;
    const count = this.#subjects.get(subject) ?? 0;
    if (this.#written >= LIMIT || count >= LIMIT_PER_SUBJECT) {
      this.#held++;
      return false;
    }
    this.#subjects.set(subject, count + 1);
    this.#written++;
    return true;
  }

  /** When {@link summary} has something to tell; undefined while nothing was held back. */
  get deadline(): Micros | undefined {
    return this.#held === 0 ? undefined : this.#spanEnd;
  }

  /** The line about what was held back in the span that has ended, if anything; begins a new span. */
  summary(now: Micros): string | undefined {
    if (this.#held === 0 || now < this.#spanEnd) return undefined;
    const text = `${this.#held} more lines about received adverts in the last minute are left out`;
    this.#begin(now);
    return text;
  }

  #begin(now: Micros): void {
    this.#spanEnd = micros(now + SPAN);
    this.#written = 0;
    this.#held = 0;
    this.#subjects.clear();
  }
}
