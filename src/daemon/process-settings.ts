/** What a configuration says about the daemon as a process: keywords that no other part acts upon. */

import type { LoadedConfig } from "../config/loaded-config.js";

/** Settings with keepalived's defaults. */
export interface ProcessKeywords {
  /** `child_wait_time`: how long the engine may take for its end, ms. */
  readonly childWaitTime: number;
  /** `process_name`: the parent in ps(1). */
  readonly parentName: string;
  /** `vrrp_process_name`, or keepalived's name for it with `process_names`: the process below it. */
  readonly childName: string;
  /** `reload_file`: exists while a configuration is read; undefined: none. */
  readonly reloadFile: string | undefined;
  /** `reload_time_file`: says when to reload; undefined: none. */
  readonly reloadTimeFile: string | undefined;
  /** `reload_repeat`: a reload without a date comes every day. */
  readonly reloadRepeat: boolean;
}

/** Name of both processes unless the file says otherwise. */
const NAME = "keepalived";

/** Longest wait that a timer takes, ms. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** Reads them. */
export function processKeywords(config: LoadedConfig): ProcessKeywords {
  const { other, process } = config.global;
  const wait = Number(other.child_wait_time?.[0] ?? "5") * 1_000;
  const instance = process.instanceName === undefined ? "" : `_${process.instanceName}`;
  const inDirectory = process.instanceName !== undefined || process.usePidDirectory;
  const marker = inDirectory ? `/run/keepalived/keepalived${instance}.reload` : "/run/keepalived.reload";
  return {
    childWaitTime: Number.isFinite(wait) ? Math.min(wait, LONGEST_WAIT) : 5_000,
    parentName: other.process_name?.[0] ?? NAME,
    childName: config.global.engineThread.name ?? NAME,
    reloadFile: other.reload_file === undefined ? undefined : (other.reload_file[0] ?? marker),
    reloadTimeFile: other.reload_time_file?.[0],
    reloadRepeat: other.reload_repeat !== undefined,
  };
}
