/**
 * The services of a daemon as one: a start that fails leaves nothing running, and a change of configuration is a transaction. All
 * services prepare; only when none refuses, all commit.
 */

import type { LoadedConfig } from "../config/loaded-config.js";
import type { Logger } from "./logging.js";
import type { Service, ServiceCommit } from "./service.js";

/** A change that did not come about. */
export class ChangeRefused extends Error {}

interface Prepared {
  readonly service: Service;
  readonly change: ServiceCommit;
}

/** A list in the order of the start. */
export class Services {
  readonly #services: readonly Service[];
  readonly #log: Pick<Logger, "info">;
  /** Those that were started, in order. */
  readonly #started: Service[] = [];
  #stopping = false;

  constructor(services: readonly Service[], log: Pick<Logger, "info">) {
    this.#services = services;
    this.#log = log;
  }

  /**
   * Starts all. Returns the configuration as the services have changed it.
   * @throws {Error} of the first that cannot start; those before it have been stopped.
   */
  async start(config: LoadedConfig): Promise<LoadedConfig> {
    let current = config;
    try {
      for (const service of this.#services) {
        current = (await service.start(current)) ?? current;
        this.#started.push(service);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
    return current;
  }

  /**
   * Puts a configuration in force.
   * @param adopt called with the configuration as the services have changed it, before the first commit.
   * @throws {ChangeRefused} when a service cannot prepare, or the daemon is being stopped: everything is as it was.
   */
  async change(config: LoadedConfig, adopt: (config: LoadedConfig) => void): Promise<void> {
    const prepared: Prepared[] = [];
    let current = config;
    for (const service of [...this.#started]) {
      try {
        if (this.#stopping) throw new Error("the daemon is being stopped");
        const change = await service.prepare(current);
        prepared.push({ service, change });
        current = change.config ?? current;
      } catch (error) {
        for (const { service: before, change } of prepared.reverse())
          await this.#attempt(before, () => change.abandon?.());
        throw new ChangeRefused(`${service.name}: ${textOf(error)}`);
      }
    }
    adopt(current);
    for (const { service, change } of prepared) await this.#unlessStopping(service, () => change.commit());
    for (const { service, change } of prepared) await this.#unlessStopping(service, () => change.finish?.());
  }

  /** Stops all that were started, the last one first. Never rejects. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const service of this.#started.splice(0).reverse())
      await this.#attempt(service, () => service.stop());
  }

  /** What has been stopped must not begin anew. */
  async #unlessStopping(service: Service, action: () => void | Promise<void>): Promise<void> {
    if (!this.#stopping) await this.#attempt(service, action);
  }

  /** A mistake of ours in one service must not keep the others from their part. */
  async #attempt(service: Service, action: () => void | Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#log.info(`${service.name}: ${textOf(error)}`);
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
