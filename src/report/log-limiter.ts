/** Keeps lines that a neighbour can provoke at will from filling the log. Pure. */

import { type Micros, micros } from "../base/time.js";
import type { EngineEvent } from "../engine/events.js";

/** The span that limits are for, µs. */
const SPAN: Micros = micros(60_000_000);

/** Events that are limited together. */
interface Class {
  /** What the lines are about, for the summary. */
  readonly about: string;
  /** Lines in a span, of all instances together; the line that tells of the others comes on top. */
  readonly most: number;
  /** Lines of one kind about one instance in a span, so that one flood does not hide everything else. */
  readonly mostPerSubject: number;
}

/** Lines that need no more than one packet of a neighbour each. */
const ADVERTS: Class = { about: "received adverts", most: 19, mostPerSubject: 10 };

/** Announcements that such a packet causes: one line for each address. */
const ANSWERS: Class = { about: "announcements that adverts caused", most: 60, mostPerSubject: 40 };

/** Announcements of a takeover, of an instance with up to some thousand addresses. */
const ANNOUNCEMENTS: Class = {
  about: "announcements",
  most: Number.POSITIVE_INFINITY,
  mostPerSubject: 10_000,
};

/** Changes of state, and what each brings with it. Many instances may change at once, so only each has a limit. */
const CHANGES: Class = { about: "changes of state", most: Number.POSITIVE_INFINITY, mostPerSubject: 60 };

const CLASSES: Partial<Record<EngineEvent["kind"], Class>> = {
  PacketDropped: ADVERTS,
  LowerPriorityReceived: ADVERTS,
  UnknownVrid: ADVERTS,
  LowerPriorityDiscarded: ADVERTS,
  HigherPriorityReceived: ADVERTS,
  PriorityZeroReceived: ADVERTS,
  MasterChanged: ADVERTS,
  AddressOwnerConflict: ADVERTS,
  AdvertIntervalDiffers: ADVERTS,
  LongIntervalDoubted: ADVERTS,
  AddressListDiffers: ADVERTS,
  StateChanged: CHANGES,
  AdvertisementTimeout: CHANGES,
  HoldingsChanging: CHANGES,
  PriorityZeroSent: CHANGES,
};

/** Decides about one log. */
export class LogLimiter {
  #spanEnd: Micros = micros(0);
  readonly #written = new Map<Class, number>();
  readonly #held = new Map<Class, number>();
  readonly #subjects = new Map<string, number>();

  /** Whether the lines of this event are written. */
  admits(event: EngineEvent, now: Micros): boolean {
    const kind = classOf(event);
    if (kind === undefined) return true;
    if (now >= this.#spanEnd && this.#held.size === 0) this.#begin(now);
    const subject = `${kind.about}, ${event.kind} ${"instance" in event ? event.instance : ""}`;
    const count = this.#subjects.get(subject) ?? 0;
    const written = this.#written.get(kind) ?? 0;
    if (written >= kind.most || count >= kind.mostPerSubject) {
      this.#held.set(kind, (this.#held.get(kind) ?? 0) + 1);
      return false;
    }
    this.#subjects.set(subject, count + 1);
    this.#written.set(kind, written + 1);
    return true;
  }

  /** When {@link summary} has something to tell; undefined while nothing was held back. */
  get deadline(): Micros | undefined {
    return this.#held.size === 0 ? undefined : this.#spanEnd;
  }

  /** The line about what was held back in the span that has ended, if anything; begins a new span. */
  summary(now: Micros): string | undefined {
    if (this.#held.size === 0 || now < this.#spanEnd) return undefined;
    const parts = [...this.#held].map(([{ about }, count]) => `${count} more lines about ${about}`);
    this.#begin(now);
    return `${parts.join(" and ")} in the last minute are left out`;
  }

  #begin(now: Micros): void {
    this.#spanEnd = micros(now + SPAN);
    this.#written.clear();
    this.#held.clear();
    this.#subjects.clear();
  }
}

/** A neighbour can provoke takeovers, too: so all announcements have a limit. */
function classOf(event: EngineEvent): Class | undefined {
  if (event.kind !== "Announced") return CLASSES[event.kind];
  return event.provoked === true ? ANSWERS : ANNOUNCEMENTS;
}
