/** Snapshots of the engine for those who look: however many they are, the engine's thread makes only a few. */

import { setTimeout as sleep } from "node:timers/promises";
import type { EngineReport } from "../engine-thread.js";

/** ms for which a snapshot is good enough for a client. */
const FRESH = 50;

/** Shares snapshots among those who ask at the same time, or soon after. */
export class SharedReport {
  readonly #take: () => Promise<EngineReport | undefined>;
  #current: Promise<EngineReport | undefined> | undefined;

  constructor(take: () => Promise<EngineReport | undefined>) {
    this.#take = take;
  }

  /** A snapshot that is at most a moment old; undefined while the engine does not run. */
  get(): Promise<EngineReport | undefined> {
    this.#current ??= this.#renew();
    return this.#current;
  }

  /** One that was not begun before now, a moment later: what is asked for in a burst is taken once. */
  async fresh(): Promise<EngineReport | undefined> {
    await sleep(FRESH);
    return this.get();
  }

  async #renew(): Promise<EngineReport | undefined> {
    try {
      return await this.#take();
    } finally {
      setTimeout(() => {
        this.#current = undefined;
      }, FRESH).unref();
    }
  }
}
