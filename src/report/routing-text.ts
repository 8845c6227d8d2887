/** Static items, routes and rules in the words in which keepalived logs them. */

import { familyOf } from "../base/ip-address.js";
import type { NextHop, Route, Rule } from "../base/routing.js";
import type { HeldItem } from "../engine/events.js";

/** A static item. */
export function staticItemText(item: HeldItem): string {
  switch (item.kind) {
    case "address": {
      const {
        address,
        prefixLength,
        interface: name,
        peer,
        label,
        preferredLifetime,
        trackGroup,
      } = item.address;
      return [
        peer === undefined ? `${address}/${prefixLength}` : `${address} peer ${peer}/${prefixLength}`,
        `dev ${name} scope ${SCOPES.get(item.address.scope) ?? item.address.scope}`,
        ...(label === undefined ? [] : [`label ${label}`]),
        ...(familyOf(address) === 4 || preferredLifetime === undefined
          ? []
          : [`preferred_lft ${preferredLifetime}`]),
        ...(trackGroup === undefined ? [] : [`track_group ${trackGroup}`]),
        "set",
      ].join(" ");
    }
    case "route":
      return routeText(item.route);
    case "rule":
      return ruleText(item.rule);
  }
}

/** RT_SCOPE_* of linux/rtnetlink.h. */
const SCOPES: ReadonlyMap<number, string> = new Map([
  [0, "global"],
  [200, "site"],
  [253, "link"],
  [254, "host"],
  [255, "nowhere"],
]);

/** RT_TABLE_MAIN. */
const TABLE_MAIN = 254;

/** A route. */
export function routeText(route: Route): string {
  const { destination, type, table, priority, source, trackGroup } = route;
  return [
    ...(type === "unicast" ? [] : [type]),
    route.position,
    destination.length === 0 ? "default" : `${destination.address}/${destination.length}`,
    ...wayText(route),
    ...(source === undefined ? [] : [`src ${source}`]),
    ...(table === TABLE_MAIN ? [] : [`table ${table}`]),
    ...(priority === undefined ? [] : [`metric ${priority}`]),
    `proto ${route.protocol}`,
    ...route.nextHops.flatMap((hop) => ["nexthop", ...wayText(hop), `weight ${hop.weight ?? 1}`]),
    ...(trackGroup === undefined ? [] : [`track_group ${trackGroup}`]),
  ].join(" ");
}

function wayText({ via, interface: name, onlink }: NextHop): string[] {
  return [
    ...(via === undefined ? [] : [`via inet${familyOf(via) === 6 ? "6" : ""} ${via}`]),
    ...(name === undefined ? [] : [`dev ${name}`]),
    ...(onlink ? ["onlink"] : []),
  ];
}

/** A rule. */
export function ruleText(rule: Rule): string {
  const { from, to, action, inputInterface, outputInterface, fwmark, trackGroup } = rule;
  return [
    ...(rule.not ? ["not"] : []),
    ...(from === undefined ? [] : [`from ${prefixText(from, rule)}`]),
    ...(to === undefined ? [] : [`to ${prefixText(to, rule)}`]),
    `priority ${rule.preference}`,
    ...(fwmark === undefined ? [] : [`fwmark 0x${fwmark.value.toString(16)}`]),
    `tos 0x${rule.tos.toString(16)}`,
    ...(inputInterface === undefined ? [] : [`iif ${inputInterface}`]),
    ...(outputInterface === undefined ? [] : [`oif ${outputInterface}`]),
    `protocol ${rule.protocol}`,
    action.kind === "table"
      ? `lookup ${action.table}`
      : action.kind === "goto"
        ? `goto ${action.preference}`
        : action.kind,
    ...(trackGroup === undefined ? [] : [`track_group ${trackGroup}`]),
  ].join(" ");
}

/** Without the length of a whole address. */
function prefixText({ address, length }: NonNullable<Rule["from"]>, { family }: Rule): string {
  return length === (family === 4 ? 32 : 128) ? address : `${address}/${length}`;
}
