/** What the daemon consists of: parts that are started in an order, stopped in the reverse order, and reconfigured together. */

import type { LoadedConfig } from "../config/loaded-config.js";
import type { Commit } from "../linux/both/commit.js";

/** A prepared change, and the configuration for the services behind this one where it changes that. */
export interface ServiceCommit extends Commit {
  readonly config?: LoadedConfig;
}

/** One part of the daemon. */
export interface Service {
  /** For the log. */
  readonly name: string;
  /**
   * Begins to work.
   * @returns the configuration for the services behind this one, where it changes that.
   * @throws {Error} why the daemon cannot run.
   */
  start(config: LoadedConfig): Promise<LoadedConfig | undefined>;
  /**
   * Makes ready what a new configuration needs, while everything goes on by the old one.
   * @throws {Error} why the configuration cannot be put in force.
   */
  prepare(config: LoadedConfig): Promise<ServiceCommit>;
  /** Ends its work. */
  stop(): Promise<void>;
}

/** A service of something that only takes configurations: its start is its first change. */
export function configurable(
  name: string,
  prepare: (config: LoadedConfig) => Promise<Commit>,
  stop: () => void | Promise<void>,
): Service {
  return {
    name,
    prepare,
    start: async (config) => {
      const change = await prepare(config);
      await change.commit();
      await change.finish?.();
      return undefined;
    },
    stop: async () => stop(),
  };
}

/** A service that no configuration changes. */
export function constant(
  name: string,
  start: (config: LoadedConfig) => Promise<void>,
  stop: () => void | Promise<void>,
): Service {
  return {
    name,
    start: async (config) => {
      await start(config);
      return undefined;
    },
    prepare: async () => ({ commit: () => {} }),
    stop: async () => stop(),
  };
}
