/** The last inputs of the engine, with their times: since the engine is a function of them, they replay. */

import type { Micros } from "../base/time.js";
import type { EngineInput } from "./platform.js";

/** One entry. */
export interface JournalEntry {
  readonly at: Micros;
  readonly input: EngineInput;
}

/** A ring of bounded size. */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  readonly #capacity: number;
  #next = 0;

  /** Keeps the last `capacity` inputs. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Records an input, over the oldest one when full. */
  record(at: Micros, input: EngineInput): void {
    this.#entries[this.#next] = { at, input };
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** All entries, oldest first. */
  entries(): JournalEntry[] {
    const newer = this.#entries.slice(0, this.#next);
    return [...this.#entries.slice(this.#next), ...newer];
  }
}
