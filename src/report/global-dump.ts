/** The section "Global definitions" of keepalived's data dumps, in the shape of Debian's keepalived 2.2.7. */

import type { LoadedConfig } from "../config/loaded-config.js";

/** The lines; those of the parent's file differ a little. */
export function globalLines(config: LoadedConfig, hostName: string, parent: boolean): string[] {
  const { global } = config;
  const { other, process, mail, instanceDefaults: defaults, firewall } = global;
  const { garp } = defaults;
  const word = (keyword: string, otherwise: string) => other[keyword]?.[0] ?? otherwise;
  const flag = (keyword: string) => other[keyword] !== undefined;
  const micros = (value: number) => (value / 1_000_000).toFixed(6);
  const seconds = (value: number) => Math.trunc(value / 1_000_000);
  return [
    `Network namespace = ${process.netNamespace ?? "(default)"}`,
    "Network namespace ipvs = (main namespace)",
    ...(process.instanceName === undefined ? [] : [`Instance name = ${process.instanceName}`]),
    `Router ID = ${global.routerId ?? hostName}`,
    ...mailLines(config, hostName),
    `Default smtp_alert = ${switchText(defaults.smtpAlert)}`,
    `Default smtp_alert_vrrp = ${switchText(defaults.smtpAlertVrrp)}`,
    "Default smtp_alert_checker = unset",
    "Checkers log all failures = false",
    ...(process.reloadCheckConfig === undefined
      ? ["No test config before reload"]
      : [`Test config before reload, log to ${process.reloadCheckConfig || "/dev/null"}`]),
    `Dynamic interfaces = ${global.dynamicInterfaces}`,
    ...(global.dynamicInterfacesAllowChanges ? ["Allow interface changes = true"] : []),
    ...(mail.noFaults ? ["Send emails for fault transitions = off"] : []),
    ...(parent ? [] : [`Default interface = ${global.defaultInterface}`]),
    "Disable local IGMP = no",
    "LVS flush = false",
    "LVS flush on stop = disabled",
    `FIFO write vrrp states on reload = ${global.fifoStatesOnReload}`,
    `VRRP notify priority changes = ${global.notifyPriorityChanges}`,
    `VRRP IPv4 mcast group = ${defaults.multicastGroup4}`,
    `VRRP IPv6 mcast group = ${defaults.multicastGroup6}`,
    `Gratuitous ARP delay = ${seconds(garp.masterDelay)}`,
    `Gratuitous ARP repeat = ${garp.masterRepeat}`,
    `Gratuitous ARP refresh timer = ${seconds(garp.masterRefresh)}`,
    `Gratuitous ARP refresh repeat = ${garp.masterRefreshRepeat}`,
    `Gratuitous ARP lower priority delay = ${parent ? UNSET : seconds(garp.lowerPrioDelay)}`,
    `Gratuitous ARP lower priority repeat = ${parent ? UNSET : garp.lowerPrioRepeat}`,
    `Num adverts before down = ${defaults.downTimerAdverts}`,
    `Gratuitous ARP for each secondary VMAC = ${seconds(defaults.garpExtraInterval)}s`,
    `Send advert after receive lower priority advert = ${!defaults.lowerPrioNoAdvert}`,
    `Send advert after receive higher priority advert = ${defaults.higherPrioSendAdvert}`,
    `Gratuitous ARP interval = ${micros(global.garpInterval)}`,
    `Gratuitous NA interval = ${micros(global.gnaInterval)}`,
    `VRRP default protocol version = ${global.vrrpVersion}`,
    ...(parent || !usesFirewall(config)
      ? []
      : [
          `nftables table name = ${firewall.table}`,
          `nftables base chain priority = ${firewall.priority}`,
          `nftables ${flag("nftables_ifindex") ? "" : "don't "}force use ifindex for link local IPv6`,
        ]),
    `nftables ${firewall.counters ? "with" : "without"} counters`,
    "libnftnl version 1.2.3",
    `VRRP check unicast_src = ${defaults.checkUnicastSource}`,
    `VRRP skip check advert addresses = ${defaults.skipCheckAdvAddr}`,
    `VRRP strict mode = ${defaults.strict}`,
    `Max auto priority = ${autoPriority(other.max_auto_priority)}`,
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

function switchText(value: boolean | undefined): string {
  return value === undefined ? "unset" : value ? "on" : "off";
}

/** Of `max_auto_priority`: without a number it asks for the highest. */
function autoPriority(args: readonly string[] | undefined): string {
  if (args === undefined) return "0";
  return args[0] === "-1" ? "Disabled" : (args[0] ?? "99");
}

/** True when keepalived has filter rules to make: for addresses that do not answer, and for VMACs. */
function usesFirewall({ global, instances }: LoadedConfig): boolean {
  return global.firewall.configured || instances.some(({ accept, vmac }) => !accept || vmac !== undefined);
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
  if (to.length > 0 || from !== undefined)
    lines.push("Email notification to:", ...to.map((address) => `  ${address}`));
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
    `umask = 0${(process.umask ?? 0o177).toString(8)}`,
    ...(config.global.startupDelay > 0
      ? [`vrrp_startup_delay = ${config.global.startupDelay / 1_000_000}`]
      : []),
  ];
}
