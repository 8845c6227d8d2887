/**
 * Settings that are understood and kept as written because they concern what Vigil does otherwise or not at all: process
 * scheduling, socket buffers, SNMP, D-Bus, IPVS, dump details. Their values are in `global.other`.
 */

import type { ConfigDraft } from "../draft.js";
import { type Keyword, line } from "../keyword-table.js";
import { readSigned } from "../numbers.js";

/** Keyword, argument, and what it is for in keepalived; old names stand beside the new ones. */
type Recorded = readonly [name: string, argument: string, doc: string, limits?: Limits];

/** What its number must be, and what keepalived says when it is not. */
interface Limits {
  readonly low: number;
  readonly high: number;
  readonly message: (value: string) => string;
}

const GLOBAL: readonly Recorded[] = [
  ["smtp_alert_checker", "[BOOL]", "default of smtp_alert of virtual servers"],
  ["disable_local_igmp", "", "no IGMP for 224.0.0.x"],
  ["max_auto_priority", "[PRIO]", "raise the real-time priority automatically"],
  ["min_auto_priority_delay", "USECS", "least delay before raising it"],
  ["process_names", "", "default titles of processes"],
  ["process_name", "NAME", "title of the parent process"],
  ["vrrp_process_name", "NAME", "title of the VRRP process"],
  ["checker_process_name", "NAME", "title of the checker process"],
  ["lvs_process_name", "NAME", "old name of checker_process_name"],
  ["bfd_process_name", "NAME", "title of the BFD process"],
  ["set_supplementary_groups", "[BOOL]", "supplementary groups of scripts' users"],
  ["vrrp_ipsets", "[V4 [V6 [V6IF [IGMP [MLD [ND]]]]]]", "names of ipsets"],
  ["nftables", "[TABLE]", "table of the firewall rules"],
  ["nftables_priority", "N", "priority of the chains"],
  ["nftables_ifindex", "", "match by index instead of name"],
  ["nftables_counters", "", "count packets"],
  ["nftables_ipvs", "[TABLE]", "table for IPVS"],
  ["nftables_ipvs_priority", "N", "its priority"],
  ["nftables_ipvs_start_fwmark", "N", "first firewall mark for IPVS"],
  ["vmac_addr_prefix", "STR", "prefix of interfaces of use_vmac_addr"],
  ["vrrp_rx_bufs_policy", "MTU|ADVERT|BYTES", "receive buffers of sockets"],
  ["vrrp_rx_bufs_multiplier", "N", "their multiplier"],
  ...["vrrp", "checker", "bfd"].flatMap((child): Recorded[] => [
    [
      `${child}_priority`,
      "N",
      "nice value of the process",
      { low: -20, high: 19, message: () => `Invalid ${child} process priority specified` },
    ],
    [`${child}_no_swap`, "", "lock the memory of the process"],
    [
      `${child}_rt_priority`,
      "N",
      "real-time priority of the process",
      { low: 1, high: 99, message: (value) => `${child} process real-time priority '${value}' invalid` },
    ],
    [`${child}_cpu_affinity`, "CPU…", "CPUs of the process"],
    [`${child}_rlimit_rttime`, "USECS", "limit of real-time CPU use without blocking"],
    [`${child}_rlimit_rtime`, "USECS", "old name of the limit"],
  ]),
  ...[
    "vrrp_netlink_cmd",
    "vrrp_netlink_monitor",
    "process_monitor",
    "lvs_netlink_cmd",
    "lvs_netlink_monitor",
  ].flatMap((socket): Recorded[] => [
    [`${socket}_rcv_bufs`, "BYTES", "receive buffer of the socket"],
    [`${socket}_rcv_bufs_force`, "[BOOL]", "beyond the system's limit"],
  ]),
  ["snmp_socket", "[ADDR]", "AgentX socket"],
  ["enable_traps", "", "SNMP traps"],
  ["enable_snmp_vrrp", "", "SNMP for VRRP"],
  ["enable_snmp_keepalived", "", "old name of enable_snmp_vrrp"],
  ["enable_snmp_rfc", "", "SNMP by both RFCs"],
  ["enable_snmp_rfcv2", "", "SNMP by RFC 2787"],
  ["enable_snmp_rfcv3", "", "SNMP by RFC 6527"],
  ["enable_snmp_checker", "", "SNMP for checkers"],
  ["snmp_vs_stats_update_interval", "SECS", "age of IPVS statistics"],
  ["snmp_rs_stats_update_interval", "SECS", "age of IPVS statistics"],
  ["enable_dbus", "", "D-Bus service"],
  ["dbus_service_name", "NAME", "its name"],
  ["dbus_no_interface_name", "NAME", "path of instances without interface"],
  ["random_seed", "N", "seed of _RANDOM"],
  ["reload_time_file", "FILE", "time of a scheduled reload"],
  ["reload_repeat", "", "repeat it daily"],
  ["reload_file", "[FILE]", "exists while a configuration is read"],
  ["config_save_dir", "DIR", "copies of configurations"],
  ["tmp_config_directory", "DIR", "where the copy of the configuration is"],
  ["stats_dump_file", "PATH", "accepted; no effect"],
  ["json_dump_file", "PATH", "accepted; no effect"],
  ["iproute_usr_dir", "DIR", "where names of tables are"],
  ["iproute_etc_dir", "DIR", "where names of tables are"],
  ["lvs_timeouts", "[tcp N] [tcpfin N] [udp N]", "IPVS timeouts"],
  ["lvs_flush", "", "clear IPVS at the start"],
  ["lvs_flush_on_stop", "[VS]", "clear IPVS at the end"],
  ["lvs_flush_onstop", "[VS]", "old name of lvs_flush_on_stop"],
  ["lvs_sync_daemon", "IF [INSTANCE] [id N] …", "IPVS connection synchronisation"],
  ["checker_log_all_failures", "[BOOL]", "log each failure of a check"],
  ["rs_init_notifies", "[BOOL]", "notify scripts for first states of real servers"],
  ["no_checker_emails", "[BOOL]", "no mail of checkers"],
];

const ROOT: readonly Recorded[] = [
  ["linkbeat_use_polling", "", "poll all links"],
  ["net_namespace_ipvs", "NAME", "network namespace of IPVS"],
  ["namespace_with_ipsets", "", "ipsets within a namespace"],
  ["child_wait_time", "SECS", "how long to wait for processes at the end"],
];

function recorded([name, argument, doc, limits]: Recorded): Keyword<ConfigDraft> {
  return line(name, { argument, doc }, (root, statement) => {
    if (limits !== undefined && readSigned(statement, 1, limits.low, limits.high) === undefined) {
      statement.complain("ERR_CONFIG_GLOBAL", limits.message(statement.required(1)), 1);
      return;
    }
    root.global.other.set(name, statement.args);
  });
}

/** Those of global_defs. */
export const globalRecordedKeywords: readonly Keyword<ConfigDraft>[] = GLOBAL.map(recorded);

/** Those at root level. */
export const rootRecordedKeywords: readonly Keyword<ConfigDraft>[] = ROOT.map(recorded);
