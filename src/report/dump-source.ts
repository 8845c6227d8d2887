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
  /** `uid:gid` of commands without a user; undefined where there is no account for them. */
  readonly defaultIds: string | undefined;
  readonly reload: ReloadReport;
  /** The name by which the resolver knows this host; undefined when it does not know the host's name. */
  readonly hostName: string | undefined;
  /** Name of the user that the daemon runs as. */
  readonly userName: string;
}

/** What is known about reloads to come. */
export interface ReloadReport {
  /** `reload_time_file`. */
  readonly timeFile: string | undefined;
  /** `reload_repeat`. */
  readonly repeat: boolean;
  /** The time that the file gives, local and readable; undefined: none to come. */
  readonly at: string | undefined;
  /** `reload_file`: exists while a configuration is read. */
  readonly marker: string | undefined;
}

/** A router with all that its block in the configuration says; undefined while a reload is between the two. */
export function loadedOf(router: RouterReport, config: LoadedConfig): LoadedInstance | undefined {
  return config.instances.find(({ name }) => name === router.instance.name);
}
