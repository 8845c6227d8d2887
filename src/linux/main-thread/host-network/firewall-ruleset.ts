/**
 * The rules as text for nft(8). Tables, sets, maps, chains and their order are keepalived's, so that whoever looks at them or
 * adds to them finds the same.
 */

import type { FirewallRules, FirewallSettings } from "../../../base/firewall.js";
import { familyOf, isLinkLocal } from "../../../base/ip-address.js";

/** What of the rules to write; a kernel may lack what is needed to send reports from another interface. */
export interface RulesetParts {
  readonly reports: boolean;
}

/** Replaces the tables of both families in one transaction; a family without rules has none after. */
export function firewallRuleset(
  settings: FirewallSettings,
  rules: FirewallRules,
  parts: RulesetParts = { reports: true },
): string {
  const tables = [ipTable(settings, rules, parts), ip6Table(settings, rules, parts)];
  return [...removeTables(settings.table), ...tables.flat(), ""].join("\n");
}

/** Removes the tables of both families; they need not be there. */
export function removalRuleset(table: string): string {
  return [...removeTables(table), ""].join("\n");
}

/** True when there is nothing to filter. */
export function isEmpty({ silent, vmacs }: FirewallRules): boolean {
  return silent.length === 0 && vmacs.length === 0;
}

function removeTables(table: string): string[] {
  return ["ip", "ip6"].flatMap((family) => [
    `add table ${family} ${table}`,
    `delete table ${family} ${table}`,
  ]);
}

function ipTable(settings: FirewallSettings, rules: FirewallRules, parts: RulesetParts): string[] {
  const silent = rules.silent.filter(({ address }) => familyOf(address) === 4);
  const vmacs = parts.reports ? rules.vmacs.filter(({ ipv4 }) => ipv4) : [];
  if (silent.length === 0 && vmacs.length === 0) return [];
  const drop = verdict(settings, "drop");
  const reports = [
    `ip protocol igmp meta oifkind "macvlan" dup to ip daddr device oif map @vmac_map ${drop}`,
  ];
  const blocked = silent.length > 0;
  return block(`table ip ${settings.table}`, [
    ...(vmacs.length > 0 ? vmacMap(vmacs) : []),
    ...(blocked ? addressSet("vips", "ipv4_addr", silent) : []),
    ...chain(settings, "out", "output", [
      ...(vmacs.length > 0 ? reports : []),
      ...(blocked ? [`ip saddr @vips ${drop}`] : []),
    ]),
    ...(blocked ? chain(settings, "in", "input", [`ip daddr @vips ${drop}`]) : []),
  ]);
}

function ip6Table(settings: FirewallSettings, rules: FirewallRules, parts: RulesetParts): string[] {
  const silent = rules.silent.filter(({ address }) => familyOf(address) === 6);
  const linkLocal = silent.filter(({ address }) => isLinkLocal(address));
  const routed = silent.filter((line) => !linkLocal.includes(line));
  const vmacs = parts.reports ? rules.vmacs.filter(({ ipv6 }) => ipv6) : [];
  if (silent.length === 0 && vmacs.length === 0) return [];
  const drop = verdict(settings, "drop");
  const reports = [
    `icmpv6 type mld2-listener-report meta oifkind "macvlan" dup to ip6 daddr device oif map @vmac_map ${drop}`,
    `icmpv6 type nd-router-solicit meta oifkind "macvlan" oif @vmac_set ${drop}`,
  ];
  const blocked = silent.length > 0;
  const filter = (direction: "in" | "out", field: "daddr" | "saddr") =>
    blocked
      ? [
          `icmpv6 type @neighbor-discovery ${verdict(settings, "accept")}`,
          ...(linkLocal.length > 0
            ? [`ip6 ${field} fe80::/10 ${verdict(settings, `goto ${direction}_link_local`)}`]
            : []),
          ...(routed.length > 0 ? [`ip6 ${field} @vips ${drop}`] : []),
        ]
      : [];
  const lists = [
    ...(vmacs.length > 0 ? [...vmacMap(vmacs), ...vmacSet(vmacs)] : []),
    ...(routed.length > 0 ? addressSet("vips", "ipv6_addr", routed) : []),
    ...(blocked ? neighborDiscovery() : []),
    ...(linkLocal.length > 0 ? linkLocalSet(linkLocal) : []),
  ];
  const jumps =
    linkLocal.length > 0
      ? [
          ...block("chain in_link_local", [`ip6 daddr . iif @vips_link_local ${drop}`]),
          ...block("chain out_link_local", [`ip6 saddr . oif @vips_link_local ${drop}`]),
        ]
      : [];
  return block(`table ip6 ${settings.table}`, [
    ...lists,
    ...jumps,
    ...chain(settings, "out", "output", [...(vmacs.length > 0 ? reports : []), ...filter("out", "saddr")]),
    ...(blocked ? chain(settings, "in", "input", filter("in", "daddr")) : []),
  ]);
}

type Silent = FirewallRules["silent"];
type Vmacs = FirewallRules["vmacs"];

function addressSet(name: string, type: string, lines: Silent): string[] {
  const addresses = [...new Set(lines.map(({ address }) => address))];
  return block(`set ${name}`, [`type ${type}`, `elements = { ${addresses.join(", ")} }`]);
}

function linkLocalSet(lines: Silent): string[] {
  const elements = [...new Set(lines.map((line) => `${line.address} . "${line.interface}"`))];
  return block("set vips_link_local", [
    "type ipv6_addr . iface_index",
    `elements = { ${elements.join(", ")} }`,
  ]);
}

function neighborDiscovery(): string[] {
  return block("set neighbor-discovery", [
    "type icmpv6_type",
    "flags constant",
    "elements = { nd-neighbor-solicit, nd-neighbor-advert }",
  ]);
}

function vmacMap(vmacs: Vmacs): string[] {
  const elements = vmacs.map(({ name, base }) => `"${name}" : "${base}"`);
  return block("map vmac_map", ["type iface_index : iface_index", `elements = { ${elements.join(", ")} }`]);
}

function vmacSet(vmacs: Vmacs): string[] {
  const elements = vmacs.map(({ name }) => `"${name}"`);
  return block("set vmac_set", ["type iface_index", `elements = { ${elements.join(", ")} }`]);
}

function chain({ priority }: FirewallSettings, name: string, hook: string, rules: string[]): string[] {
  return block(`chain ${name}`, [`type filter hook ${hook} priority ${priority}; policy accept;`, ...rules]);
}

function verdict({ counters }: FirewallSettings, text: string): string {
  return counters ? `counter ${text}` : text;
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `\t${line}`), "}"];
}
