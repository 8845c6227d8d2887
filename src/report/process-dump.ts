/** What the global definitions of keepalived's data dumps say about its processes, their sockets, IPVS, SNMP and D-Bus. */

import type { LoadedConfig } from "../config/loaded-config.js";

/** Arguments of global settings as written, by keyword. */
type Recorded = LoadedConfig["global"]["other"];

/** keepalived's limits for a real-time priority; others are brought into them. */
const REAL_TIME = { low: 1, high: 99 } as const;

/** Default of `…_rlimit_rttime`, µs. */
const REAL_TIME_LIMIT = 10_000;

/** Mark of the first packet filter rule for IPVS, where not set. */
const FIRST_MARK = 1_000;

/** True for a setting that is there. */
export function isSet(other: Recorded, keyword: string): boolean {
  return other[keyword] !== undefined;
}

/** A switch: on when it is there without a value, or with one of keepalived's words for it. */
export function isOn(other: Recorded, keyword: string): boolean {
  const args = other[keyword];
  return args !== undefined && !["off", "false", "no"].includes(args[0] ?? "on");
}

/** The number that a setting begins with: what stands behind it was complained about. */
function number(other: Recorded, keyword: string, otherwise: number): number {
  const value = Number.parseInt(other[keyword]?.[0] ?? "", 10);
  return Number.isNaN(value) ? otherwise : value;
}

/** Names of the processes, in keepalived's order. */
export function processNameLines(other: Recorded): string[] {
  const names = [
    ["Parent", other.process_name],
    ["VRRP", other.vrrp_process_name],
    ["LVS", other.checker_process_name ?? other.lvs_process_name],
    ["BFD", other.bfd_process_name],
  ] as const;
  const all = isSet(other, "process_names");
  const defaults = {
    Parent: undefined,
    VRRP: "keepalived_vrrp",
    LVS: "keepalived_lvs",
    BFD: "keepalived_bfd",
  };
  return names.flatMap(([child, args]) => {
    const name = args?.[0] ?? (all ? defaults[child] : undefined);
    return name === undefined ? [] : [`${child} process name = ${name.slice(0, 15)}`];
  });
}

/** Priorities of VRRP's process and of the others. */
export function childLines(other: Recorded): string[] {
  return ["VRRP", "Checker", "BFD"].flatMap((child) => {
    const prefix = child.toLowerCase();
    const asked = number(other, `${prefix}_rt_priority`, 0);
    const priority = isSet(other, `${prefix}_rt_priority`)
      ? Math.min(Math.max(asked, REAL_TIME.low), REAL_TIME.high)
      : 0;
    const limit = number(other, `${prefix}_rlimit_rtime`, REAL_TIME_LIMIT);
    const cpus = other[`${prefix}_cpu_affinity`];
    return [
      `${child} process priority = ${number(other, `${prefix}_priority`, 0)}`,
      `${child} don't swap = ${isSet(other, `${prefix}_no_swap`)}`,
      `${child} realtime priority = ${priority}`,
      ...(cpus === undefined ? [] : [`${child} CPU Affinity = ${cpus.join(" ")}`]),
      `${child} realtime limit = ${number(other, `${prefix}_rlimit_rttime`, limit)}`,
    ];
  });
}

/** SNMP and D-Bus, which keepalived would serve. */
export function serviceLines(other: Recorded): string[] {
  const rfc = isSet(other, "enable_snmp_rfc");
  const services: readonly [string, boolean][] = [
    ["vrrp", isSet(other, "enable_snmp_vrrp") || isSet(other, "enable_snmp_keepalived")],
    ["checker", isSet(other, "enable_snmp_checker")],
    ["RFCv2", rfc || isSet(other, "enable_snmp_rfcv2")],
    ["RFCv3", rfc || isSet(other, "enable_snmp_rfcv3")],
    ["traps", isSet(other, "enable_traps")],
  ];
  const bus = isSet(other, "enable_dbus");
  return [
    ...services.map(([name, enabled]) => `SNMP ${name} ${enabled ? "enabled" : "disabled"}`),
    `SNMP socket = ${other.snmp_socket?.[0] ?? "default (unix:/var/agentx/master)"}`,
    `DBus ${bus ? "enabled" : "disabled"}`,
    `DBus service name = ${other.dbus_service_name?.[0] ?? ""}`,
  ];
}

/** Timeouts of IPVS, under the names that keepalived gives them. */
export function ipvsTimeoutLines(other: Recorded): string[] {
  const args = other.lvs_timeouts ?? [];
  const names = { tcp: "TCP", tcpfin: "TCP FIN", udp: "TCP" };
  return Object.entries(names).flatMap(([option, name]) => {
    const value = Number.parseInt(args[args.lastIndexOf(option) + 1] ?? "", 10);
    return args.includes(option) && value > 0 ? [`LVS ${name} timeout = ${value}`] : [];
  });
}

/** Whether IPVS is cleared at the start and at the end. */
export function ipvsFlushLines(other: Recorded): string[] {
  const stop = other.lvs_flush_on_stop ?? other.lvs_flush_onstop;
  return [
    `LVS flush = ${isSet(other, "lvs_flush")}`,
    `LVS flush on stop = ${stop === undefined ? "disabled" : (stop[0] ?? "full")}`,
  ];
}

/** The table for marks of packets to virtual servers. */
export function ipvsFirewallLines(other: Recorded): string[] {
  const table = other.nftables_ipvs;
  if (table === undefined) return [];
  return [
    `ipvs nftables table name = ${table[0] ?? "keepalived_ipvs"}`,
    `ipvs nftables base chain priority = ${number(other, "nftables_ipvs_priority", -1)}`,
    `ipvs nftables start fwmark = ${number(other, "nftables_ipvs_start_fwmark", FIRST_MARK)}`,
  ];
}

/** Receive buffers, and switches of the checkers between them. */
export function bufferLines(other: Recorded): string[] {
  const sockets = [
    "vrrp_netlink_cmd",
    "vrrp_netlink_monitor",
    "process_monitor",
    "lvs_netlink_cmd",
    "lvs_netlink_monitor",
  ];
  const digit = (on: boolean) => (on ? 1 : 0);
  return [
    ...sockets.flatMap((name) => [
      `${name}_rcv_bufs = ${number(other, `${name}_rcv_bufs`, 0)}`,
      `${name}_rcv_bufs_force = ${digit(isOn(other, `${name}_rcv_bufs_force`))}`,
    ]),
    `rs_init_notifies = ${digit(isOn(other, "rs_init_notifies"))}`,
    `no_checker_emails = ${digit(isOn(other, "no_checker_emails"))}`,
    ...bufferPolicyLines(other.vrrp_rx_bufs_policy),
    `rx_bufs_multiples = ${number(other, "vrrp_rx_bufs_multiplier", 3)}`,
  ];
}

function bufferPolicyLines(args: readonly string[] | undefined): string[] {
  const policy = args?.[0];
  if (policy === undefined) return [];
  return [
    /^\d/.test(policy) ? `rx_bufs_size = ${Number.parseInt(policy, 10)}` : `rx_bufs_policy = ${policy}`,
  ];
}
