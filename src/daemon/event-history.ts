/** The last events of this daemon, for `vigil events`: bounded, and told to whoever follows. */

import type { Micros } from "../base/time.js";
import type { EngineEvent } from "../engine/events.js";
import { type NotedEvent, noteOf } from "../report/event-text.js";
import { wallClockAt } from "./wall-clock.js";

/** Events kept. Transitions are kept in a ring of their own, so that a flood of news does not push them out. */
const MOST_EVENTS = 500;

/** Follows the events as they come. */
export type EventFollower = (event: NotedEvent) => void;

/** A ring of transitions and a ring of everything else. */
export class EventHistory {
  readonly #rings: Readonly<Record<NotedEvent["kind"], NotedEvent[]>> = { transition: [], news: [] };
  readonly #followers = new Set<EventFollower>();
  #sequence = 0;

  /** Notes an event of the engine; false for one that is not kept. */
  note(event: EngineEvent, at: Micros): boolean {
    const note = noteOf(event, at, wallClockAt());
    if (note === undefined) return false;
    const noted: NotedEvent = { sequence: ++this.#sequence, ...note };
    const ring = this.#rings[noted.kind];
    ring.push(noted);
    if (ring.length > MOST_EVENTS) ring.shift();
    for (const follower of this.#followers) follower(noted);
    return true;
  }

  /** The kept events after a sequence number, oldest first. */
  after(sequence: number): NotedEvent[] {
    const { transition, news } = this.#rings;
    return [...transition, ...news]
      .filter((event) => event.sequence > sequence)
      .sort((a, b) => a.sequence - b.sequence);
  }

  /** The number of the last event; 0 before the first. */
  get last(): number {
    return this.#sequence;
  }

  /** Tells `follower` every event from now on, until the returned function is called. */
  follow(follower: EventFollower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}
