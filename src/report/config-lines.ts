/** Addresses, routes, rules and scripts in the form in which keepalived's dumps show them. */

import { AddressFlag, type InterfaceAddress } from "../base/interface-address.js";
import { familyOf, hostPrefixLength, type Prefix } from "../base/ip-address.js";
import { type NextHop, type Route, type Rule, TABLE_MAIN } from "../base/routing.js";
import type { ScriptCommand } from "../config/config.js";

/** RT_SCOPE_* of linux/rtnetlink.h by name. */
const SCOPES = new Map([
  [0, "global"],
  [200, "site"],
  [253, "link"],
  [254, "host"],
  [255, "nowhere"],
]);

const FLAGS: readonly [number, string][] = [
  [AddressFlag.manageTempAddress, "mngtmpaddr"],
  [AddressFlag.noPrefixRoute, "noprefixroute"],
  [AddressFlag.autojoin, "autojoin"],
];

/** `10.0.0.100/24 dev eth0 scope global set`; `base`: the interface under a VMAC; `set`: it is there now. */
export function addressLine(line: InterfaceAddress, set: boolean, base?: string): string {
  const { address, prefixLength, interface: name, broadcast, scope, label, flags, noTrack } = line;
  const host = prefixLength === hostPrefixLength(familyOf(address));
  return [
    host ? address : `${address}/${prefixLength}`,
    ...(broadcast === undefined ? [] : [`brd ${broadcast}`]),
    `dev ${name}${base === undefined || base === name ? "" : `@${base}`}`,
    `scope ${SCOPES.get(scope) ?? scope}`,
    ...(label === undefined ? [] : [`label ${label}`]),
    ...(noTrack ? ["no_track"] : []),
    ...((flags & AddressFlag.home) === 0 ? [] : ["home"]),
    // keepalived sets the flag on every IPv6 address, and shows where it is missing.
    ...(familyOf(address) === 6 && (flags & AddressFlag.nodad) === 0 ? ["-nodad"] : []),
    ...FLAGS.filter(([flag]) => (flags & flag) !== 0).map(([, word]) => word),
    ...lifetime(line),
    ...(set ? ["set"] : []),
  ].join(" ");
}

function lifetime({ address, preferredLifetime }: InterfaceAddress): string[] {
  if (familyOf(address) === 4) return [];
  if (preferredLifetime === 0) return ["deprecated"];
  return [`preferred_lft ${preferredLifetime ?? "forever"}`];
}

/** `prepend 10.77.0.0/24 via inet 10.99.0.2 dev eth0 proto 18 metric 50`. */
export function routeLine(route: Route): string {
  const { destination, type, position, source, from, nextHops, table, protocol, priority, tos } = route;
  const metrics = Object.entries(route.metrics).map(([name, value]) => `${name} ${value}`);
  // keepalived prepends what it can find again, and adds what has no path.
  const how = position === "append" ? position : type === "unicast" ? "prepend" : "add";
  return [
    how,
    ...(type === "unicast" ? [] : [type]),
    prefixText(destination),
    ...(from === undefined ? [] : [`from ${prefixText(from)}`]),
    ...(source === undefined ? [] : [`src ${source}`]),
    ...hopWords(route),
    ...(table === TABLE_MAIN ? [] : [`table ${table}`]),
    ...(tos === 0 ? [] : [`tos 0x${tos.toString(16)}`]),
    `proto ${protocol}`,
    ...(priority === undefined ? [] : [`metric ${priority}`]),
    ...metrics,
    ...nextHops.flatMap((hop) => ["nexthop", ...hopWords(hop), `weight ${hop.weight}`]),
    ...(route.noTrack ? ["no_track"] : []),
  ].join(" ");
}

function hopWords({ via, interface: name, onlink }: NextHop): string[] {
  return [
    ...(via === undefined ? [] : [`via ${familyOf(via) === 4 ? "inet" : "inet6"} ${via}`]),
    ...(name === undefined ? [] : [`dev ${name}`]),
    ...(onlink ? ["onlink"] : []),
  ];
}

/** `from 10.99.0.100 priority 500 tos 0x0 protocol 18 lookup 100`. */
export function ruleLine(rule: Rule): string {
  const { from, to, preference, tos, fwmark, inputInterface, outputInterface, action, protocol } = rule;
  return [
    ...(rule.not ? ["not"] : []),
    `from ${from === undefined ? "all" : prefixText(from)}`,
    ...(to === undefined ? [] : [`to ${prefixText(to)}`]),
    `priority ${preference}`,
    `tos 0x${tos.toString(16)}`,
    ...(fwmark === undefined ? [] : [`fwmark 0x${fwmark.value.toString(16)}`]),
    ...(inputInterface === undefined ? [] : [`iif ${inputInterface}`]),
    ...(outputInterface === undefined ? [] : [`oif ${outputInterface}`]),
    `protocol ${protocol}`,
    actionText(action),
    ...(rule.noTrack ? ["no_track"] : []),
  ].join(" ");
}

function actionText(action: Rule["action"]): string {
  if (action.kind === "table") return `lookup ${action.table}`;
  return action.kind === "goto" ? `goto ${action.preference}` : action.kind;
}

/** A host without its length. */
function prefixText({ address, length }: Prefix): string {
  return length === hostPrefixLength(familyOf(address)) ? address : `${address}/${length}`;
}

/** Each word of a command in single quotes: `'/usr/bin/check' 'arg 1'`. */
export function commandText({ argv }: ScriptCommand): string {
  return argv.map((word) => `'${word}'`).join(" ");
}
