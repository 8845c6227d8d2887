/**
 * Settings that are understood, checked and kept as written because they concern what Vigil does otherwise or not at all:
 * process scheduling, socket buffers, SNMP, D-Bus, IPVS, dump details. Their values are in `global.other`.
 */

import type { ConfigDraft } from "../draft.js";
import { type Keyword, line } from "../keyword-table.js";
import { INT32_MAX, readSigned, readSwitch, readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import { readSyncDaemon, readTimeouts } from "./lvs-globals.js";

const CODE = "ERR_CONFIG_GLOBAL";

/** Says what is wrong with a statement; false when it is not to be kept. */
type Check = (statement: Statement, root: ConfigDraft) => boolean;

/** Keyword, argument, what it is for in keepalived, and its check; old names stand beside the new ones. */
type Recorded = readonly [name: string, argument: string, doc: string, check?: Check, required?: 0];

function complain(statement: Statement, message: string, hint?: string): false {
  statement.complain(CODE, message, 1, hint);
  return false;
}

/** There must be a value; `then` checks it. */
function given(missing: string, then: Check = () => true): Check {
  return (statement, root) =>
    statement.word(1) === undefined ? complain(statement, missing) : then(statement, root);
}

/** A number in a range; `%s` in `bad` is the value. */
function whole(low: number, high: number, bad: string): Check {
  const read = low < 0 ? readSigned : readUnsigned;
  return (statement) => {
    if (read(statement, 1, low, high) !== undefined) return true;
    return complain(statement, bad.replace("%s", statement.required(1)));
  };
}

function oneOf(bad: string): Check {
  return (statement) =>
    readSwitch(statement) !== undefined || complain(statement, bad.replace("%s", statement.required(1)));
}

/** The first one counts; `%1` is the first value, `%s` the second. */
function once(name: string, bad: string): Check {
  return (statement, root) => {
    const first = root.global.other.get(name);
    if (first === undefined) return true;
    return complain(statement, bad.replace("%1", first[0] ?? "").replace("%s", statement.required(1)));
  };
}

/** Real-time priorities are brought into their range. */
function realTimePriority(child: string): Check {
  const words = `${child} process real-time priority`;
  return given(`No ${words} specified`, (statement) => {
    const value = readSigned(statement, 1, -INT32_MAX - 1, INT32_MAX);
    if (value === undefined) return complain(statement, `${words} '${statement.required(1)}' invalid`);
    if (value < 1) complain(statement, `${words} ${value} less than minimum 1 - setting to minimum`);
    if (value > 99) complain(statement, `${words} ${value} greater than maximum 99 - setting to maximum`);
    return true;
  });
}

function affinity(child: string): Check {
  return given(`No ${child} cpu_id set specified`, (statement, root) =>
    statement.args.every((word, i) => {
      const value = readUnsigned(statement, i + 1, 0, (root.world?.processors ?? 1_024) - 1);
      return (
        value !== undefined || complain(statement, `Invalid cpu_id:${word} specified for ${child} process`)
      );
    }),
  );
}

function processName(statement: Statement): boolean {
  const name = statement.required(1);
  if (name.length > 15) complain(statement, `Process name ${name} more than 15 characters, truncating`);
  return true;
}

const POLICIES = ["MTU", "ADVERT"];

function bufferPolicy(statement: Statement): boolean {
  const [first, second] = statement.args;
  if (first === undefined) return complain(statement, "vrrp_rx_bufs_policy missing");
  if (!POLICIES.includes(first)) {
    const good = readUnsigned(statement, 1, 0, UINT32_MAX) !== undefined;
    return (
      good || complain(statement, `Invalid vrrp_rx_bufs_policy ${first}`, "MTU, ADVERT or a number of bytes")
    );
  }
  if (second !== undefined && POLICIES.includes(second) && second !== first) {
    complain(statement, `Cannot set both vrrp_rx_bufs_policy ${first} and ${second}, ignoring ${second}`);
  }
  return true;
}

function bufferMultiplier(statement: Statement, root: ConfigDraft): boolean {
  if (statement.words.length !== 2) return complain(statement, "Invalid vrrp_rx_bufs_multiplier");
  return whole(1, UINT32_MAX, "Invalid vrrp_rx_bufs_multiplier %s")(statement, root);
}

function snmpSocket(statement: Statement, root: ConfigDraft): boolean {
  if (statement.words.length > 2) {
    return complain(statement, "Too many parameters specified for snmp_socket - ignoring");
  }
  if (statement.words.length < 2) return complain(statement, "SNMP error : snmp socket name missing");
  return once("snmp_socket", "SNMP socket already set to %1 - ignoring")(statement, root);
}

/** The CPUs, buffers and priorities of each of keepalived's processes. */
const CHILDREN = ["vrrp", "checker", "bfd"].flatMap((child): Recorded[] => [
  [
    `${child}_priority`,
    "N",
    "nice value of the process",
    given(
      `No ${child} process priority specified`,
      whole(-20, 19, `Invalid ${child} process priority specified`),
    ),
    0,
  ],
  [`${child}_no_swap`, "", "lock the memory of the process"],
  [`${child}_rt_priority`, "N", "real-time priority of the process", realTimePriority(child), 0],
  [`${child}_cpu_affinity`, "CPU…", "CPUs of the process", affinity(child), 0],
  ...["rttime", "rtime"].map(
    (end): Recorded => [
      `${child}_rlimit_${end}`,
      "USECS",
      "limit of real-time CPU use without blocking",
      whole(1, UINT32_MAX, `Invalid ${child} real-time limit - %s`),
    ],
  ),
]);

/** The receive buffers of keepalived's sockets. */
const SOCKETS = [
  "vrrp_netlink_cmd",
  "vrrp_netlink_monitor",
  "process_monitor",
  "lvs_netlink_cmd",
  "lvs_netlink_monitor",
].flatMap((socket): Recorded[] => [
  [
    `${socket}_rcv_bufs`,
    "BYTES",
    "receive buffer of the socket",
    given(`${socket}_rcv_bufs size missing`, whole(0, UINT32_MAX, `${socket}_rcv_bufs size (%s) invalid`)),
    0,
  ],
  [
    `${socket}_rcv_bufs_force`,
    "[BOOL]",
    "beyond the system's limit",
    oneOf(`Invalid value '%s' for global ${socket}_rcv_bufs_force specified`),
  ],
]);

const globalSwitch = (name: string): Check => oneOf(`Invalid value '%s' for global ${name} specified`);

function autoPriority(statement: Statement): boolean {
  if (statement.word(1) === undefined || readSigned(statement, 1, -1, 99) !== undefined) return true;
  const message = `max_auto_priority '${statement.word(1)}' must be in [0, 99] (or -1 to disable) - ignoring`;
  return complain(statement, message);
}

const GLOBAL: readonly Recorded[] = [
  [
    "smtp_alert_checker",
    "[BOOL]",
    "default of smtp_alert of virtual servers",
    globalSwitch("smtp_alert_checker"),
  ],
  ["disable_local_igmp", "", "no IGMP for 224.0.0.x"],
  ["max_auto_priority", "[PRIO]", "raise the real-time priority automatically", autoPriority],
  [
    "min_auto_priority_delay",
    "USECS",
    "least delay before raising it",
    given(
      "min_auto_priority_delay requires delay time",
      whole(1, 10_000_000, "min_auto_priority_delay '%s' must be in [1, 10000000] - ignoring"),
    ),
    0,
  ],
  ["process_names", "", "default titles of processes"],
  ["process_name", "NAME", "title of the parent process", processName],
  ["vrrp_process_name", "NAME", "title of the VRRP process", processName],
  ["checker_process_name", "NAME", "title of the checker process", processName],
  ["lvs_process_name", "NAME", "old name of checker_process_name", processName],
  ["bfd_process_name", "NAME", "title of the BFD process", processName],
  ["set_supplementary_groups", "[BOOL]", "supplementary groups of scripts' users"],
  ["vrrp_ipsets", "[V4 [V6 [V6IF [IGMP [MLD [ND]]]]]]", "names of ipsets"],
  [
    "nftables",
    "[TABLE]",
    "table of the firewall rules",
    once("nftables", "nftables already specified - ignoring"),
  ],
  [
    "nftables_priority",
    "N",
    "priority of the chains",
    whole(-INT32_MAX - 1, INT32_MAX, "invalid nftables chain priority '%s'"),
  ],
  ["nftables_ifindex", "", "match by index instead of name"],
  ["nftables_counters", "", "count packets"],
  [
    "nftables_ipvs",
    "[TABLE]",
    "table for IPVS",
    once("nftables_ipvs", "ipvs nftables already specified - ignoring"),
  ],
  [
    "nftables_ipvs_priority",
    "N",
    "its priority",
    whole(-INT32_MAX - 1, INT32_MAX, "invalid ipvs nftables chain priority '%s'"),
  ],
  [
    "nftables_ipvs_start_fwmark",
    "N",
    "first firewall mark for IPVS",
    whole(1, UINT32_MAX, "invalid ipvs nftables start_fwmark priority '%s'"),
  ],
  [
    "vmac_addr_prefix",
    "STR",
    "prefix of interfaces of use_vmac_addr",
    once("vmac_addr_prefix", "vmac_addr prefix has already been specified - ignoring %s"),
  ],
  ["vrrp_rx_bufs_policy", "MTU|ADVERT|BYTES", "receive buffers of sockets", bufferPolicy, 0],
  ["vrrp_rx_bufs_multiplier", "N", "their multiplier", bufferMultiplier, 0],
  ...CHILDREN,
  ...SOCKETS,
  ["snmp_socket", "[ADDR]", "AgentX socket", snmpSocket],
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
  ["dbus_service_name", "NAME", "its name", given("dbus_service_name missing - ignoring"), 0],
  ["dbus_no_interface_name", "NAME", "path of instances without interface"],
  ["random_seed", "N", "seed of _RANDOM", whole(0, UINT32_MAX, "random_seed %s invalid")],
  [
    "reload_time_file",
    "FILE",
    "time of a scheduled reload",
    (statement) => statement.words.length === 2 || complain(statement, "reload_time_file invalid"),
    0,
  ],
  ["reload_repeat", "", "repeat it daily"],
  ["reload_file", "[FILE]", "exists while a configuration is read"],
  ["config_save_dir", "DIR", "copies of configurations"],
  [
    "tmp_config_directory",
    "DIR",
    "where the copy of the configuration is",
    given(
      "tmp_config_directory missing directory name",
      once("tmp_config_directory", "tmp_config_directory already specified - ignoring"),
    ),
    0,
  ],
  ["stats_dump_file", "PATH", "accepted; no effect"],
  ["json_dump_file", "PATH", "accepted; no effect"],
  ["iproute_usr_dir", "DIR", "where names of tables are"],
  ["iproute_etc_dir", "DIR", "where names of tables are"],
  ["lvs_timeouts", "[tcp N] [tcpfin N] [udp N]", "IPVS timeouts", readTimeouts, 0],
  ["lvs_flush", "", "clear IPVS at the start"],
  [
    "lvs_flush_on_stop",
    "[VS]",
    "clear IPVS at the end",
    (statement) =>
      [undefined, "VS"].includes(statement.word(1)) ||
      complain(statement, `Unknown lvs_flush_on_stop type ${statement.word(1)}`, "VS or nothing"),
  ],
  [
    "lvs_flush_onstop",
    "[VS]",
    "old name of lvs_flush_on_stop",
    (statement) =>
      [undefined, "VS"].includes(statement.word(1)) ||
      complain(statement, `Unknown lvs_flush_on_stop type ${statement.word(1)}`, "VS or nothing"),
  ],
  [
    "lvs_sync_daemon",
    "IF [INSTANCE] [id N] …",
    "IPVS connection synchronisation",
    given("lvs_sync_daemon requires interface", readSyncDaemon),
    0,
  ],
  [
    "checker_log_all_failures",
    "[BOOL]",
    "log each failure of a check",
    oneOf("Invalid value for checker_log_all_failures specified"),
  ],
  [
    "rs_init_notifies",
    "[BOOL]",
    "notify scripts for first states of real servers",
    globalSwitch("rs_init_notifies"),
  ],
  ["no_checker_emails", "[BOOL]", "no mail of checkers", globalSwitch("no_checker_emails")],
];

const ROOT: readonly Recorded[] = [
  ["linkbeat_use_polling", "", "poll all links"],
  [
    "net_namespace_ipvs",
    "NAME",
    "network namespace of IPVS",
    once("net_namespace_ipvs", "Duplicate net_namespace_ipvs definition %s - ignoring"),
    0,
  ],
  ["namespace_with_ipsets", "", "ipsets within a namespace"],
  [
    "child_wait_time",
    "SECS",
    "how long to wait for processes at the end",
    whole(0, UINT32_MAX, "Invalid child_wait_time %s"),
  ],
];

function recorded([name, argument, doc, check, required]: Recorded): Keyword<ConfigDraft> {
  const text = required === undefined ? { argument, doc } : { argument, doc, required };
  return line(name, text, (root, statement) => {
    if (check?.(statement, root) !== false) root.global.other.set(name, statement.args);
  });
}

/** Those of global_defs. */
export const globalRecordedKeywords: readonly Keyword<ConfigDraft>[] = GLOBAL.map(recorded);

/** Those at root level. */
export const rootRecordedKeywords: readonly Keyword<ConfigDraft>[] = ROOT.map(recorded);
