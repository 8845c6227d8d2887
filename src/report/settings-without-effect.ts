/** Settings that mean nothing here because the thing they tune is another one: one line each, with the reason. */

import type { LoadedConfig } from "../config/loaded-config.js";

/** Keyword and why it has no effect. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["max_auto_priority", "the VRRP thread has real-time priority from the start, see vrrp_rt_priority"],
  ["min_auto_priority_delay", "the VRRP thread has real-time priority from the start"],
  ["vrrp_rlimit_rttime", "at that limit the kernel would end the daemon, and nobody would hold the VIP"],
  ["vrrp_rlimit_rtime", "at that limit the kernel would end the daemon, and nobody would hold the VIP"],
  [
    "vrrp_no_swap",
    "Node.js does not survive locked memory; forbid swap to its service (MemorySwapMax=0 in systemd)",
  ],
  ["vrrp_rx_bufs_policy", "the sockets of VRRP have room for thousands of adverts"],
  ["vrrp_rx_bufs_multiplier", "the sockets of VRRP have room for thousands of adverts"],
  ["vrrp_netlink_cmd_rcv_bufs", "answers of the kernel are taken as they come"],
  ["vrrp_netlink_cmd_rcv_bufs_force", "answers of the kernel are taken as they come"],
  ["vrrp_netlink_monitor_rcv_bufs_force", "buffers go beyond the system's limit wherever they may"],
  ["config_save_dir", "no copies of configurations are written"],
  ["random_seed", "each reading of a file draws new numbers for ${_RANDOM}"],
  ["process_monitor_rcv_bufs_force", "buffers go beyond the system's limit wherever they may"],
]);

/** The lines. A `max_auto_priority` of 0 and less asks for nothing, and is used to silence a line of keepalived. */
export function settingsWithoutEffect({ global }: LoadedConfig): string[] {
  return [...REASONS].flatMap(([keyword, reason]) => {
    const args = global.other[keyword];
    if (args === undefined) return [];
    if (keyword === "max_auto_priority" && Number(args[0] ?? "1") <= 0) return [];
    return [`NOTICE: ${keyword} has no effect: ${reason}`];
  });
}
