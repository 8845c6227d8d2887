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
  ["tmp_config_directory", "no copy of the configuration is written"],
  [
    "disable_local_igmp",
    "the kernel reports the groups of VRRP; set net.ipv4.igmp_link_local_mcast_reports to 0",
  ],
  ["vrrp_ipsets", "the rules are nftables', with sets of their own"],
  ["namespace_with_ipsets", "the rules are nftables', with sets of their own"],
  ["set_supplementary_groups", "scripts run without supplementary groups"],
  [
    "iproute_usr_dir",
    "names of tables, scopes and protocols are read from /etc/iproute2 and /usr/share/iproute2",
  ],
  [
    "iproute_etc_dir",
    "names of tables, scopes and protocols are read from /etc/iproute2 and /usr/share/iproute2",
  ],
  ["stats_dump_file", "as in keepalived"],
  ["json_dump_file", "as in keepalived"],
]);

/** Keywords of whole subjects, by the beginning or the end of their names. */
const SUBJECTS: readonly (readonly [RegExp, reason: string])[] = [
  [/snmp|^enable_traps$/, "there is no SNMP agent; vigil status --json and keepalived.json tell the same"],
  [/dbus/, "there is no D-Bus service; the control socket takes its place"],
  [/^bfd_/, "no BFD session is run"],
  [/^(checker|lvs|rs|nftables_ipvs|net_namespace_ipvs)(_|$)|checker/, "IPVS and its checkers are not run"],
];

/** The lines. A `max_auto_priority` of 0 and less asks for nothing, and is used to silence a line of keepalived. */
export function settingsWithoutEffect({ global }: LoadedConfig): string[] {
  const known = [...REASONS.keys()].filter((keyword) => global.other[keyword] !== undefined);
  const others = Object.keys(global.other).filter((keyword) => !REASONS.has(keyword));
  return [...known, ...others].flatMap((keyword) => {
    const reason = reasonOf(keyword);
    if (reason === undefined) return [];
    if (keyword === "max_auto_priority" && Number(global.other[keyword]?.[0] ?? "1") <= 0) return [];
    return [`${keyword} has no effect: ${reason}`];
  });
}

/** Why a keyword has no effect; undefined for one that has. */
export function reasonOf(keyword: string): string | undefined {
  return REASONS.get(keyword) ?? SUBJECTS.find(([pattern]) => pattern.test(keyword))?.[1];
}
