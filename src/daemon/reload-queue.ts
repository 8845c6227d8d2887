/**
 * One reload at a time. Whoever asks while one runs, or before the daemon does, gets the outcome of the next one, which reads the
 * file after that: the last file counts.
 */

import { errorLines } from "./error-lines.js";
import type { Logger } from "./logging.js";

/** How a request ended. `refused`: the running configuration stays as it is. */
export type ReloadOutcome = "applied" | "refused";

/** Runs reloads, none before it is opened: only what runs can be reloaded in place. */
export class ReloadQueue {
  readonly #reload: () => Promise<ReloadOutcome>;
  readonly #log: Pick<Logger, "info">;
  #isOpen = false;
  #closed = false;
  /** The reload under way; its end. */
  #running: Promise<void> | undefined;
  /** Those that are told the outcome of the next reload. */
  #waiting: ((outcome: ReloadOutcome) => void)[] = [];

  constructor(reload: () => Promise<ReloadOutcome>, log: Pick<Logger, "info">) {
    this.#reload = reload;
    this.#log = log;
  }

  /** The start is over: what was asked for meanwhile is done. */
  open(): void {
    this.#isOpen = true;
    this.#begin();
  }

  /** Reloads, and tells the outcome of the first reload that begins from now on. */
  request(): Promise<ReloadOutcome> {
    if (this.#closed) return Promise.resolve("refused");
    if (!this.#isOpen || this.#running !== undefined) {
      this.#log.info("Reload already in progress, request queued");
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#begin();
    });
  }

  /** Refuses what waits and what comes; resolves when the reload under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const tell of this.#waiting.splice(0)) tell("refused");
    await this.#running;
  }

  #begin(): void {
    if (!this.#isOpen || this.#running !== undefined || this.#waiting.length === 0) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.#begin();
    });
  }

  async #run(): Promise<void> {
    for (let first = true; this.#waiting.length > 0; first = false) {
      if (!first) this.#log.info("Processing queued reload");
      const asked = this.#waiting.splice(0);
      const outcome = await this.#attempt();
      for (const tell of asked) tell(outcome);
    }
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
