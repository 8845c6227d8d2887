/** What keepalived's dumps are made of. */

import type { ScriptCommand } from "../config/config.js";
import type { LoadedConfig, LoadedInstance } from "../config/loaded-config.js";
import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";
import type { WallClock } from "./wall-clock.js";

/** Everything at one moment. */
export interface DumpSource {
  readonly config: LoadedConfig;
  readonly snapshot: EngineSnapshot;
  readonly clock: WallClock;
  /** `uid:gid` that a command runs with. */
  ids(command: Pick<ScriptCommand, "user" | "group">): string;
  /** Name of this host. */
  readonly hostName: string;
}

/** A router with all that its block in the configuration says; undefined while a reload is between the two. */
export function loadedOf(router: RouterReport, config: LoadedConfig): LoadedInstance | undefined {
  return config.instances.find(({ name }) => name === router.instance.name);
}
