/** One reload at a time; however many are asked for meanwhile, one more follows. */

import { errorLines } from "./error-lines.js";
import type { Logger } from "./logging.js";

/** How a request ended; `queued`: another reload or the start was under way, and one more follows it. */
export type ReloadOutcome = "applied" | "refused" | "queued";

/** Runs reloads, none before it is opened: only what runs can be reloaded in place. */
export class ReloadQueue {
  readonly #reload: () => Promise<ReloadOutcome>;
  readonly #log: Logger;
  #running = true;
  #queued = false;

  constructor(reload: () => Promise<ReloadOutcome>, log: Logger) {
    this.#reload = reload;
    this.#log = log;
  }

  /** The start is over: what was asked for meanwhile is done. */
  open(): void {
    this.#running = false;
    if (!this.#queued) return;
    this.#queued = false;
    void this.request();
  }

  /** Reloads now, or once more when the one under way is done. */
  async request(): Promise<ReloadOutcome> {
    if (this.#running) {
      this.#log.info("Reload already in progress, request queued");
      this.#queued = true;
      return "queued";
    }
    this.#running = true;
    return await this.#run();
  }

  async #run(): Promise<ReloadOutcome> {
    let outcome = await this.#attempt();
    while (this.#queued) {
      this.#queued = false;
      this.#log.info("Processing queued reload");
      outcome = await this.#attempt();
    }
    this.#running = false;
    return outcome;
  }

  /** A mistake of ours in a reload must cost neither the addresses nor the next reload. */
  async #attempt(): Promise<ReloadOutcome> {
    try {
      return await this.#reload();
    } catch (error) {
      for (const line of errorLines("Reload failed", error)) this.#log.info(line);
      return "refused";
    }
  }
}
