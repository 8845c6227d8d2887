/** The scheduling keywords of global_defs: how the thread that runs VRRP is treated by the kernel. */

import type { EngineThreadSettings } from "./config.js";
import type { GlobalDraft } from "./draft.js";

/** Name of keepalived's VRRP process with `process_names`. */
const DEFAULT_NAME = "keepalived_vrrp";

/** Longest name of a thread, bytes. */
const MAX_NAME = 15;

/** Reads them from what was recorded as written; a word that is no number counts as not written. */
export function resolveEngineThread({ other }: Pick<GlobalDraft, "other">): EngineThreadSettings {
  const number = (keyword: string): number | undefined => numberOf(other.get(keyword)?.[0]);
  const name = other.get("vrrp_process_name")?.[0];
  return {
    name: name?.slice(0, MAX_NAME) ?? (other.has("process_names") ? DEFAULT_NAME : undefined),
    niceness: number("vrrp_priority"),
    realTimePriority: number("vrrp_rt_priority"),
    cpus: (other.get("vrrp_cpu_affinity") ?? []).flatMap((word) => numberOf(word) ?? []),
    netlinkMonitorBuffer: number("vrrp_netlink_monitor_rcv_bufs"),
    processMonitorBuffer: number("process_monitor_rcv_bufs"),
  };
}

function numberOf(word: string | undefined): number | undefined {
  return word !== undefined && /^-?[0-9]{1,9}$/.test(word) ? Number(word) : undefined;
}
