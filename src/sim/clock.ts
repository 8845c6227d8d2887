/** Virtual time: a queue of events, served in the order of (time, insertion). */

import { type Micros, micros } from "../base/time.js";

interface Entry {
  readonly at: Micros;
  readonly order: number;
  readonly run: () => void;
}

/** A discrete-event clock: a binary heap, so that millions of events cost their logarithm. */
export class Clock {
  #now: Micros = micros(0);
  #order = 0;
  readonly #heap: Entry[] = [];

  /** µs since the start of the world. */
  get now(): Micros {
    return this.#now;
  }

  /** Runs `run` at `at`, or now if that is past. */
  schedule(at: Micros, run: () => void): void {
    const entry = { at: at < this.#now ? this.#now : at, order: this.#order++, run };
    let index = this.#heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || before(above, entry)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = entry;
  }

  /** Serves all events up to and including `end`, then stands at `end`. */
  runUntil(end: Micros): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > end) break;
      this.#pop();
      this.#now = first.at;
      first.run();
    }
    this.#now = end;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let smallest = last;
      let target = index;
      for (const child of [left, left + 1]) {
        const candidate = this.#heap[child];
        if (candidate !== undefined && before(candidate, smallest)) {
          smallest = candidate;
          target = child;
        }
      }
      this.#heap[index] = smallest;
      if (target === index) return;
      index = target;
    }
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
