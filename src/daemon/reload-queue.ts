/** One reload at a time; however many are asked for meanwhile, one more follows. */

import type { Logger } from "./logging.js";

/** Runs reloads. */
export class ReloadQueue {
  readonly #reload: () => Promise<void>;
  readonly #log: Logger;
  #running = false;
  #queued = false;

  /** @param reload must not reject. */
  constructor(reload: () => Promise<void>, log: Logger) {
    this.#reload = reload;
    this.#log = log;
  }

  /** Reloads now, or once more when the one under way is done. */
  request(): void {
    if (this.#running) {
      this.#log.info("Reload already in progress, request queued");
      this.#queued = true;
      return;
    }
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    await this.#reload();
    while (this.#queued) {
      this.#queued = false;
      this.#log.info("Processing queued reload");
      await this.#reload();
    }
    this.#running = false;
  }
}
