/**
 * Snapshots on their way between the threads: without the configuration, which the main thread has. Copying it would cost the
 * engine's thread more than everything else in a snapshot.
 */

import type { EngineConfig } from "../engine/platform.js";
import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";

/** A snapshot without configurations. */
export interface SnapshotMessage extends Omit<EngineSnapshot, "config" | "routers"> {
  /** How many reloads its configuration is away from that of the start. */
  readonly reloads: number;
  /** In the order of the configuration's instances. */
  readonly routers: readonly Omit<RouterReport, "config" | "instance">[];
}

/** What is sent. */
export function packSnapshot(
  { config: _, routers, ...rest }: EngineSnapshot,
  reloads: number,
): SnapshotMessage {
  return {
    ...rest,
    reloads,
    routers: routers.map(({ config: _config, instance: _instance, ...state }) => state),
  };
}

/** What was meant; `config` is the one after {@link SnapshotMessage.reloads} reloads. */
export function unpackSnapshot(message: SnapshotMessage, config: EngineConfig): EngineSnapshot {
  const { reloads: _, routers, ...rest } = message;
  return {
    ...rest,
    config,
    routers: routers.flatMap((state, i) => {
      const instance = config.instances[i];
      return instance === undefined ? [] : [{ ...state, config: instance, instance }];
    }),
  };
}
