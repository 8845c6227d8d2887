/**
 * Results of the sends of adverts and announcements. A row of failures makes two events: one when it begins, and one with the count
 * when it has ended.
 */

import type { Micros } from "../base/time.js";
import type { EngineEvent } from "./events.js";

/** What is sent. */
export type SentThing = "advert" | "announcement";

/** A row of failures that goes on. */
export interface SendTrouble {
  readonly what: SentThing;
  /** An instance, or of announcements an interface. */
  readonly subject: string;
  readonly since: Micros;
  /** Packets or frames that were not sent. */
  readonly count: number;
  /** The name of the errno of the last failure. */
  readonly error: string;
}

/** The rows of failures of all that send. */
export class SendResults {
  readonly #emit: (event: EngineEvent) => void;
  readonly #troubles = new Map<string, { trouble: SendTrouble; failedInLastTry: boolean }>();

  constructor(emit: (event: EngineEvent) => void) {
    this.#emit = emit;
  }

  /** Something is sent now. A failure comes back before the next try; without one the row has ended. */
  tried(what: SentThing, subject: string, now: Micros): void {
    if (this.#troubles.size === 0) return;
    const key = `${what} ${subject}`;
    const entry = this.#troubles.get(key);
    if (entry === undefined) return;
    if (entry.failedInLastTry) {
      entry.failedInLastTry = false;
      return;
    }
    this.#troubles.delete(key);
    const { count, since } = entry.trouble;
    this.#emit({ kind: "SendingRecovered", what, subject, count, length: (now - since) as Micros });
  }

  /** So many packets of the last try were not sent. */
  failed(what: SentThing, subject: string, error: string, count: number, now: Micros): void {
    const key = `${what} ${subject}`;
    const before = this.#troubles.get(key)?.trouble;
    if (before === undefined) this.#emit({ kind: "SendingFailed", what, subject, error });
    const trouble = {
      what,
      subject,
      error,
      since: before?.since ?? now,
      count: (before?.count ?? 0) + count,
    };
    this.#troubles.set(key, { trouble, failedInLastTry: true });
  }

  /** Nothing is sent for this subject any more. */
  forget(isGone: (what: SentThing, subject: string) => boolean): void {
    for (const [key, { trouble }] of this.#troubles)
      if (isGone(trouble.what, trouble.subject)) this.#troubles.delete(key);
  }

  /** The rows that go on. */
  snapshot(): SendTrouble[] {
    return [...this.#troubles.values()].map(({ trouble }) => trouble);
  }
}
