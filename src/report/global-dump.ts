/** The section "Global definitions" of keepalived's data dumps, in the shape of Debian's keepalived 2.2.7. */

import type { LoadedConfig } from "../config/loaded-config.js";

/** The lines; those of the parent's file differ a little. */
export function globalLines(config: LoadedConfig, hostName: string, parent: boolean): string[] {
  const { global } = config;
  const { other, process } = global;
  const word = (keyword: string, otherwise: string) => other[keyword]?.[0] ?? otherwise;
  const flag = (keyword: string) => other[keyword] !== undefined;
  const micros = (value: number) => (value / 1_000_000).toFixed(6);
  const lowerDelay = word("vrrp_garp_lower_prio_delay", parent ? UNSET : "5");
  const lowerRepeat = word("vrrp_garp_lower_prio_repeat", parent ? UNSET : "5");
  return [
    `Network namespace = ${process.netNamespace ?? "(default)"}`,
    "Network namespace ipvs = (main namespace)",
    ...(process.instanceName === undefined ? [] : [`Instance name = ${process.instanceName}`]),
    `Router ID = ${global.routerId ?? hostName}`,
    ...mailLines(config, hostName),
    "Default smtp_alert = unset",
    "Default smtp_alert_vrrp = unset",
    "Default smtp_alert_checker = unset",
    "Checkers log all failures = false",
    ...(process.reloadCheckConfig === undefined
      ? ["No test config before reload"]
      : ["Test config before reload"]),
    `Dynamic interfaces = ${global.dynamicInterfaces}`,
    ...(parent ? [] : [`Default interface = ${global.defaultInterface}`]),
    "Disable local IGMP = no",
    "LVS flush = false",
    "LVS flush on stop = disabled",
    `FIFO write vrrp states on reload = ${global.fifoStatesOnReload}`,
    `VRRP notify priority changes = ${global.notifyPriorityChanges}`,
    `VRRP IPv4 mcast group = ${word("vrrp_mcast_group4", "224.0.0.18")}`,
    `VRRP IPv6 mcast group = ${word("vrrp_mcast_group6", "ff02::12")}`,
    `Gratuitous ARP delay = ${word("vrrp_garp_master_delay", "5")}`,
    `Gratuitous ARP repeat = ${word("vrrp_garp_master_repeat", "5")}`,
    `Gratuitous ARP refresh timer = ${word("vrrp_garp_master_refresh", "0")}`,
    `Gratuitous ARP refresh repeat = ${word("vrrp_garp_master_refresh_repeat", "1")}`,
    `Gratuitous ARP lower priority delay = ${lowerDelay}`,
    `Gratuitous ARP lower priority repeat = ${lowerRepeat}`,
    `Num adverts before down = ${word("vrrp_down_timer_adverts", "3")}`,
    "Gratuitous ARP for each secondary VMAC = 0s",
    `Send advert after receive lower priority advert = ${!flag("vrrp_lower_prio_no_advert")}`,
    `Send advert after receive higher priority advert = ${flag("vrrp_higher_prio_send_advert")}`,
    `Gratuitous ARP interval = ${micros(global.garpInterval)}`,
    `Gratuitous NA interval = ${micros(global.gnaInterval)}`,
    `VRRP default protocol version = ${global.vrrpVersion}`,
    "nftables without counters",
    "libnftnl version 1.2.3",
    `VRRP check unicast_src = ${flag("vrrp_check_unicast_src")}`,
    `VRRP skip check advert addresses = ${flag("vrrp_skip_check_adv_addr")}`,
    `VRRP strict mode = ${flag("vrrp_strict")}`,
    `Max auto priority = ${word("max_auto_priority", "Disabled")}`,
    `Min auto priority delay = ${word("min_auto_priority_delay", "1000000")} usecs`,
    ...["VRRP", "Checker", "BFD"].flatMap((child) => childLines(child, word, flag)),
    "SNMP vrrp disabled",
    "SNMP checker disabled",
    "SNMP RFCv2 disabled",
    "SNMP RFCv3 disabled",
    "SNMP traps disabled",
    "SNMP socket = default (unix:/var/agentx/master)",
    "DBus disabled",
    "DBus service name = ",
    `Script security ${global.enableScriptSecurity ? "enabled" : "disabled"}`,
  ];
}

/** What keepalived's parent shows for a number that only a child fills in. */
const UNSET = "4294967295";

function mailLines({ global }: LoadedConfig, hostName: string): string[] {
  const { server, heloName, connectTimeout, from, to } = global.mail;
  const lines: string[] = [];
  if (server !== undefined)
    lines.push(
      `Smtp server = ${server.host}`,
      `Smtp server port = ${server.port}`,
      `Smtp HELO name = ${heloName ?? hostName}`,
      `Smtp server connection timeout = ${connectTimeout / 1_000_000}`,
    );
  if (from !== undefined) lines.push(`Email notification from = ${from}`);
  if (to.length > 0) lines.push("Email notification to:", ...to.map((address) => `  ${address}`));
  return lines;
}

function childLines(
  child: string,
  word: (keyword: string, otherwise: string) => string,
  flag: (keyword: string) => boolean,
): string[] {
  const prefix = child.toLowerCase();
  return [
    `${child} process priority = ${word(`${prefix}_priority`, "0")}`,
    `${child} don't swap = ${flag(`${prefix}_no_swap`)}`,
    `${child} realtime priority = ${word(`${prefix}_rt_priority`, "0")}`,
    `${child} realtime limit = ${word(`${prefix}_rlimit_rttime`, "10000")}`,
  ];
}

/** The lines after `Script security`: users, buffers, umask. */
export function processLines(config: LoadedConfig, scriptIds: string): string[] {
  const { other, process } = config.global;
  const buffers = [
    "vrrp_netlink_cmd",
    "vrrp_netlink_monitor",
    "process_monitor",
    "lvs_netlink_cmd",
    "lvs_netlink_monitor",
  ];
  return [
    `Default script uid:gid ${scriptIds}`,
    ...buffers.flatMap((name) => [
      `${name}_rcv_bufs = ${other[`${name}_rcv_bufs`]?.[0] ?? 0}`,
      `${name}_rcv_bufs_force = ${other[`${name}_rcv_bufs_force`] === undefined ? 0 : 1}`,
    ]),
    "rs_init_notifies = 0",
    "no_checker_emails = 0",
    `rx_bufs_multiples = ${other.vrrp_rx_bufs_multiplier?.[0] ?? 3}`,
    `umask = 0${(process.umask ?? 0o177).toString(8).padStart(3, "0")}`,
  ];
}
