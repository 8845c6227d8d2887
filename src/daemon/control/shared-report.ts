/** Snapshots of the engine for the control API: however many clients ask, the engine's thread makes only a few. */

import { setTimeout as sleep } from "node:timers/promises";
import type { EngineReport } from "../engine-thread.js";

/** ms for which a snapshot is fresh enough. */
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

  async #renew(): Promise<EngineReport | undefined> {
    try {
      return await this.#take();
    } finally {
      void sleep(FRESH, undefined, { ref: false }).then(() => {
        this.#current = undefined;
      });
    }
  }
}
