/** Routes and rules in the form in which keepalived's dumps show them; the order of the words is keepalived's. */

import { familyOf, hostPrefixLength, type Prefix } from "../base/ip-address.js";
import {
  type Encapsulation,
  type NextHop,
  PROTOCOL_KEEPALIVED,
  type Route,
  type RouteMetric,
  type Rule,
  TABLE_MAIN,
} from "../base/routing.js";

/** Metrics in the order of the dump. */
const METRICS: readonly RouteMetric[] = [
  "rtt",
  "rttvar",
  "rto_min",
  "features",
  "mtu",
  "window",
  "ssthresh",
  "cwnd",
  "advmss",
  "reordering",
  "hoplimit",
  "initcwnd",
  "initrwnd",
  "quickack",
  "fastopen_no_cookie",
];

/** Parts of a millisecond in which the kernel takes a time. */
const PARTS: Readonly<Partial<Record<RouteMetric, number>>> = { rtt: 8, rttvar: 4, rto_min: 1 };

/** RTAX_FEATURE_ECN of linux/rtnetlink.h. */
const FEATURE_ECN = 1;

/** Router preferences of RFC 4191 by the kernel's number. */
const PREFERENCES = new Map([
  [0, "medium"],
  [1, "high"],
  [3, "low"],
]);

/** `prepend 10.77.0.0/24 via inet 10.99.0.2 dev eth0 proto 18 metric 50`. */
export function routeLine(route: Route): string {
  const { destination, type, position, source, from, nextHops, table, protocol, scope, priority, tos } =
    route;
  // keepalived prepends what it can find again, and adds what has no path.
  const how = position === "append" ? position : type === "unicast" ? "prepend" : "add";
  return [
    how,
    ...(type === "unicast" ? [] : [type]),
    prefixText(destination),
    ...(from === undefined ? [] : [`from ${prefixText(from)}`]),
    ...(source === undefined ? [] : [`src ${source}`]),
    ...(tos === 0 ? [] : [`tos ${tos}`]),
    ...encapsulationText(route.encapsulation),
    ...wayText(route),
    ...(table === TABLE_MAIN ? [] : [`table ${table}`]),
    // keepalived leaves the protocol of what it does not watch to the kernel, unless the line gives one.
    ...(protocol === 0 || (route.noTrack && protocol === PROTOCOL_KEEPALIVED) ? [] : [`proto ${protocol}`]),
    ...(scope === 0 ? [] : [`scope ${scope}`]),
    ...(priority === undefined || priority === 0 ? [] : [`metric ${priority}`]),
    ...(route.expires === undefined ? [] : [`expires ${route.expires}sec`]),
    ...endText(route),
    ...metricTexts(route),
    ...nextHops.flatMap((hop) => [
      "nexthop",
      ...wayText(hop),
      ...(hop.weight === undefined ? [] : [`weight ${hop.weight}`]),
      ...endText(hop),
      ...encapsulationText(hop.encapsulation),
    ]),
    ...(route.noTrack ? ["no_track"] : []),
  ].join(" ");
}

function wayText({ via, interface: name }: NextHop): string[] {
  return [
    ...(via === undefined ? [] : [`via inet${familyOf(via) === 6 ? "6" : ""} ${via}`]),
    ...(name === undefined ? [] : [`dev ${name}`]),
  ];
}

function endText({ onlink, realms }: NextHop): string[] {
  return [...(onlink ? ["onlink"] : []), ...realmsText(realms)];
}

function realmsText(realms: number | undefined): string[] {
  if (realms === undefined || realms === 0) return [];
  const [from, to] = [realms >>> 16, realms & 0xffff];
  return [from === 0 ? `realm ${to}` : `realms ${from}/${to}`];
}

function metricTexts(route: Route): string[] {
  const { metrics, locked, congestionControl, preference, ttlPropagate } = route;
  const lock = (name: RouteMetric | "congctl") => (locked.includes(name) ? "lock " : "");
  return [
    ...(congestionControl === undefined ? [] : [`congctl ${lock("congctl")}${congestionControl}`]),
    ...METRICS.flatMap((name) => {
      const value = metrics[name];
      return value === undefined ? [] : [`${name} ${lock(name)}${metricText(name, value)}`];
    }),
    ...(preference === undefined ? [] : [`pref ${PREFERENCES.get(preference) ?? preference}`]),
    ...(ttlPropagate === undefined ? [] : [`ttl-propagate ${ttlPropagate ? "enabled" : "disabled"}`]),
  ];
}

function metricText(name: RouteMetric, value: number): string {
  if (name === "features") return value === FEATURE_ECN ? "ecn" : String(value);
  const parts = PARTS[name];
  if (parts === undefined) return String(value);
  const milliseconds = value / parts;
  return milliseconds >= 1_000 ? `${milliseconds / 1_000}s` : `${milliseconds}ms`;
}

function encapsulationText(encapsulation: Encapsulation | undefined): string[] {
  if (encapsulation === undefined) return [];
  const { kind } = encapsulation;
  if (kind === "mpls") return [`encap mpls ${mplsStack(encapsulation.labels)}`];
  if (kind === "ila") return [`encap ila ${hexadecimal(encapsulation.locator, ":")}`];
  const { id, destination, source, tos, ttl, flags } = encapsulation;
  return [
    `encap ${kind}`,
    ...(id === undefined ? [] : [`id ${id}`]),
    ...(destination === undefined ? [] : [`dst ${destination}`]),
    ...(source === undefined ? [] : [`src ${source}`]),
    ...(tos === undefined ? [] : [`${kind === "ip" ? "tos" : "tc"} ${tos}`]),
    ...(ttl === undefined ? [] : [`${kind === "ip" ? "ttl" : "hoplimit"} ${ttl}`]),
    ...(flags === undefined ? [] : [`flags 0x${flags.toString(16)}`]),
  ];
}

/** Entries of the label stack as they are on the wire: the label above 12 bits, and the mark of the last one. */
function mplsStack(labels: readonly number[]): string {
  const entries = labels.map((label, i) => label * 0x1000 + (i === labels.length - 1 ? 0x100 : 0));
  return hexadecimal(entries, "/");
}

function hexadecimal(numbers: readonly number[], separator: string): string {
  return numbers.map((number) => number.toString(16)).join(separator);
}

/** `from 10.99.0.100 priority 500 tos 0x0 protocol 18 lookup 100`. */
export function ruleLine(rule: Rule): string {
  const { from, to, preference, tos, inputInterface, outputInterface, protocol, tunnelId, userIds } = rule;
  const { suppressPrefixLength, suppressGroup, ipProtocol, sourcePorts, destinationPorts, realms } = rule;
  return [
    ...(from === undefined && to === undefined && rule.family === 6 ? ["inet6"] : []),
    ...(rule.not ? ["not"] : []),
    `from ${from === undefined ? "all" : prefixText(from)}`,
    ...(to === undefined ? [] : [`to ${prefixText(to)}`]),
    `priority ${preference}`,
    `tos 0x${tos.toString(16)}`,
    ...fwmarkText(rule),
    ...(inputInterface === undefined ? [] : [`iif ${inputInterface}`]),
    ...(outputInterface === undefined ? [] : [`oif ${outputInterface}`]),
    ...(suppressPrefixLength === undefined ? [] : [`suppress_prefixlen ${suppressPrefixLength}`]),
    ...(suppressGroup === undefined ? [] : [`suppress_ifgroup ${suppressGroup}`]),
    ...(tunnelId === undefined ? [] : [`tunnel-id ${tunnelId}`]),
    ...(userIds === undefined ? [] : [`uidrange ${userIds.first}-${userIds.last}`]),
    ...(rule.action.kind === "l3mdev" ? ["l3mdev"] : []),
    ...(protocol === 0 ? [] : [`protocol ${protocol}`]),
    ...(ipProtocol === undefined ? [] : [`ipproto ${ipProtocol}`]),
    ...(sourcePorts === undefined ? [] : [`sport ${sourcePorts.first}-${sourcePorts.last}`]),
    ...(destinationPorts === undefined ? [] : [`dport ${destinationPorts.first}-${destinationPorts.last}`]),
    ...(realms === undefined ? [] : [`realms ${realms >>> 16}/${realms & 0xffff}`]),
    actionText(rule.action),
    ...(rule.noTrack ? ["no_track"] : []),
  ].join(" ");
}

function fwmarkText({ fwmark }: Rule): string[] {
  if (fwmark === undefined) return [];
  const { value, mask } = fwmark;
  return [`fwmark 0x${value.toString(16)}${mask === undefined ? "" : `/0x${mask.toString(16)}`}`];
}

function actionText(action: Rule["action"]): string {
  switch (action.kind) {
    case "table":
      return `lookup ${action.table}`;
    case "l3mdev":
      return "lookup 0";
    case "goto":
      return `goto ${action.preference}`;
    case "nop":
      return "nop";
    default:
      return `type ${action.kind}`;
  }
}

/** A host without its length. */
function prefixText({ address, length }: Prefix): string {
  return length === hostPrefixLength(familyOf(address)) ? address : `${address}/${length}`;
}
