/** The section "Global definitions" of keepalived's data dumps, in the shape of Debian's keepalived 2.2.7. */

import type { LoadedConfig, NotifyFifo } from "../config/loaded-config.js";
import { commandText } from "./config-lines.js";
import type { DumpSource } from "./dump-source.js";
import {
  bufferLines,
  childLines,
  ipvsFirewallLines,
  ipvsFlushLines,
  ipvsTimeoutLines,
  isOn,
  isSet,
  processNameLines,
  serviceLines,
} from "./process-dump.js";

/** The lines; those of the parent's file differ a little. */
export function globalLines(source: DumpSource, parent: boolean): string[] {
  const { config, hostName } = source;
  const { global } = config;
  const { other, process, mail, instanceDefaults: defaults } = global;
  const ipvsNamespace = other.net_namespace_ipvs;
  return [
    ...(isSet(other, "config_save_dir") ? [`Config save dir = ${other.config_save_dir?.[0] ?? ""}`] : []),
    `Network namespace = ${process.netNamespace ?? "(default)"}`,
    `Network namespace ipvs = ${ipvsNamespace === undefined ? "(main namespace)" : ipvsNamespace[0] || "(default)"}`,
    ...(process.instanceName === undefined ? [] : [`Instance name = ${process.instanceName}`]),
    ...processNameLines(other),
    `Router ID = ${global.routerId ?? hostName ?? "[unknown]"}`,
    ...mailLines(source),
    `Default smtp_alert = ${switchText(defaults.smtpAlert)}`,
    `Default smtp_alert_vrrp = ${switchText(defaults.smtpAlertVrrp)}`,
    `Default smtp_alert_checker = ${switchText(isSet(other, "smtp_alert_checker") ? isOn(other, "smtp_alert_checker") : undefined)}`,
    `Checkers log all failures = ${isOn(other, "checker_log_all_failures")}`,
    ...reloadLines(source, parent),
    ...(parent ? scriptLines(source) : []),
    `Dynamic interfaces = ${global.dynamicInterfaces}`,
    ...(global.dynamicInterfaces
      ? [`Allow interface changes = ${global.dynamicInterfacesAllowChanges}`]
      : []),
    ...(mail.noFaults ? ["Send emails for fault transitions = off"] : []),
    ...ipvsTimeoutLines(other),
    ...(parent ? [] : [`Default interface = ${global.defaultInterface}`]),
    `Disable local IGMP = ${isSet(other, "disable_local_igmp") ? "yes" : "no"}`,
    ...ipvsFlushLines(other),
    ...global.notifyFifos.flatMap((fifo) => fifoLines(fifo, source, parent)),
    ...vrrpLines(config, parent),
    ...childLines(other),
    ...serviceLines(other),
    `Script security ${global.enableScriptSecurity ? "enabled" : "disabled"}`,
    ...(source.defaultIds === undefined ? [] : [`Default script uid:gid ${source.defaultIds}`]),
    ...bufferLines(other),
    `umask = 0${(process.umask ?? 0o177).toString(8)}`,
    ...(global.startupDelay > 0 ? [`vrrp_startup_delay = ${global.startupDelay / 1_000_000}`] : []),
    ...(global.logUnknownVrids ? ["log_unknown_vrids"] : []),
    ...(global.vmacPrefix === undefined ? [] : [`VMAC prefix = ${global.vmacPrefix}`]),
    ...(isSet(other, "vmac_addr_prefix") ? [`VMAC address prefix = ${other.vmac_addr_prefix?.[0]}`] : []),
  ];
}

/** Defaults of instances, and what VRRP does beside them. */
function vrrpLines(config: LoadedConfig, parent: boolean): string[] {
  const { global } = config;
  const { other, instanceDefaults: defaults, firewall } = global;
  const { garp } = defaults;
  const micros = (value: number) => (value / 1_000_000).toFixed(6);
  const seconds = (value: number) => Math.trunc(value / 1_000_000);
  return [
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
    `Gratuitous ARP for each secondary ${defaults.garpExtra.all ? "i/f" : "VMAC"} = ${seconds(defaults.garpExtra.interval)}s`,
    `Send advert after receive lower priority advert = ${!defaults.lowerPrioNoAdvert}`,
    `Send advert after receive higher priority advert = ${defaults.higherPrioSendAdvert}`,
    `Gratuitous ARP interval = ${micros(global.garpInterval)}`,
    `Gratuitous NA interval = ${micros(global.gnaInterval)}`,
    `VRRP default protocol version = ${global.vrrpVersion}`,
    ...(!usesFirewall(config, parent)
      ? []
      : [
          `nftables table name = ${firewall.table}`,
          `nftables base chain priority = ${firewall.priority}`,
          `nftables ${isSet(other, "nftables_ifindex") ? "" : "don't "}force use ifindex for link local IPv6`,
        ]),
    ...ipvsFirewallLines(other),
    `nftables ${firewall.counters ? "with" : "without"} counters`,
    "libnftnl version 1.2.3",
    `VRRP check unicast_src = ${defaults.checkUnicastSource}`,
    `VRRP skip check advert addresses = ${defaults.skipCheckAdvAddr}`,
    `VRRP strict mode = ${defaults.strict}`,
    `Max auto priority = ${autoPriority(other.max_auto_priority)}`,
    `Min auto priority delay = ${other.min_auto_priority_delay?.[0] ?? "1000000"} usecs`,
  ];
}

/** How a reload is tested, when the next one is due, and what says that one goes on. */
function reloadLines({ config, reload }: DumpSource, parent: boolean): string[] {
  const { other, process } = config.global;
  const { timeFile, repeat, at, marker } = reload;
  return [
    process.reloadCheckConfig === undefined
      ? "No test config before reload"
      : `Test config before reload, log to ${process.reloadCheckConfig || "/dev/null"}`,
    ...(timeFile === undefined
      ? []
      : [
          `Reload time file = ${timeFile}${repeat ? " (repeat)" : ""}`,
          // Of keepalived's processes the parent knows the time.
          parent && at !== undefined ? `Reload scheduled for ${at}` : "No reload scheduled",
        ]),
    ...(marker === undefined ? [] : [`Reload_file = ${marker}`]),
    ...(isSet(other, "tmp_config_directory")
      ? [`config save directory = ${other.tmp_config_directory?.[0]}`]
      : []),
    ...(process.dataUseInstance ? ["Use instance name in data dumps"] : []),
  ];
}

function scriptLines({ config, ids }: DumpSource): string[] {
  const { startupScript: start, shutdownScript: stop } = config.global;
  return [
    ...(start === undefined
      ? []
      : [
          `Startup script = ${commandText(start.command)}, uid:gid ${ids(start.command)}, timeout ${start.timeout / 1_000_000}`,
        ]),
    ...(stop === undefined
      ? []
      : [
          `Shutdown script = ${commandText(stop.command)}, uid:gid ${ids(stop.command)} timeout ${stop.timeout / 1_000_000}`,
        ]),
  ];
}

const FIFO_NAMES = { all: "Global", vrrp: "VRRP", lvs: "LVS" } as const;

function fifoLines(
  { scope, path, script, ...owner }: NotifyFifo,
  { ids }: DumpSource,
  parent: boolean,
): string[] {
  const name = `${FIFO_NAMES[scope]} notify fifo`;
  // The process that starts a reader has appended the path.
  const started = script !== undefined && !parent && scope !== "lvs";
  const command = started ? { ...script, argv: [...script.argv, path] } : script;
  return [
    `${name} = ${path}, uid:gid ${ids(owner)}`,
    ...(command === undefined ? [] : [`${name} script = ${commandText(command)}, uid:gid ${ids(command)}`]),
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
function usesFirewall({ global, instances }: LoadedConfig, parent: boolean): boolean {
  // The parent knows what is written, not what follows from it.
  if (parent) return global.firewall.configured;
  return global.firewall.configured || instances.some(({ accept, vmac }) => !accept || vmac !== undefined);
}

/** What keepalived's parent shows for a number that only a child fills in. */
const UNSET = "4294967295";

function mailLines({ config, hostName, userName }: DumpSource): string[] {
  const { server, heloName, connectTimeout, from: given, to } = config.global.mail;
  const known = server === undefined ? undefined : hostName;
  const helo = heloName ?? known;
  const from = given ?? (known === undefined ? undefined : `${userName}@${known}`);
  const lines: string[] = [];
  if (server !== undefined) lines.push(`Smtp server = ${server.host}`, `Smtp server port = ${server.port}`);
  if (helo !== undefined) lines.push(`Smtp HELO name = ${helo}`);
  if (server !== undefined) lines.push(`Smtp server connection timeout = ${connectTimeout / 1_000_000}`);
  if (from !== undefined) lines.push(`Email notification from = ${from}`);
  if (to.length > 0 || from !== undefined)
    lines.push("Email notification to:", ...to.map((address) => `  ${address}`));
  return lines;
}
