/** What a host's kernel looks like to somebody who compares two daemons: interfaces, addresses, settings, filter rules. */

import type { Host } from "./host.js";

/** Settings that a daemon may change. */
const IPV4_SETTINGS = ["arp_ignore", "arp_filter", "accept_local", "rp_filter", "promote_secondaries"];
const IPV6_SETTINGS = ["disable_ipv6", "accept_dad", "accept_ra", "autoconf"];

interface IpLink {
  readonly ifname: string;
  readonly link?: string;
  readonly address?: string;
  readonly flags: readonly string[];
  readonly group?: string;
  readonly inet6_addr_gen_mode?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly mode?: string } };
  readonly addr_info: readonly {
    readonly local?: string;
    readonly prefixlen: number;
    readonly scope?: string;
    readonly deprecated?: boolean;
    readonly nodad?: boolean;
  }[];
}

/** One text a line; equal for hosts that differ only in what the daemon had no part in. */
export async function kernelPicture(host: Host): Promise<string[]> {
  const [links, settings, ruleset] = await Promise.all([
    host.exec(["ip", "-d", "-j", "address"]),
    host.exec(["sh", "-c", SETTINGS_SCRIPT]),
    // Not the netdev family: leases are Vigil's own, test/linux/address-lease.test.ts.
    host.exec(["sh", "-c", "for family in ip ip6 inet; do nft list ruleset $family; done"]),
  ]);
  const linkLines = (JSON.parse(links) as IpLink[]).filter(({ ifname }) => ifname !== "lo").map(linkLine);
  return [...linkLines.sort(), ...settings.trim().split("\n").sort(), ...rulesetLines(ruleset)];
}

function linkLine(link: IpLink): string {
  const kind = link.linkinfo?.info_kind ?? "-";
  const mode = link.linkinfo?.info_data?.mode ?? "-";
  const up = link.flags.includes("UP") && link.flags.includes("LOWER_UP") ? "up" : "down";
  const addresses = link.addr_info
    .map(
      ({ local, prefixlen, scope, deprecated, nodad }) =>
        `${local}/${prefixlen} ${scope}${deprecated === true ? " deprecated" : ""}${nodad === true ? " nodad" : ""}`,
    )
    .sort();
  const base = kind === "macvlan" ? link.link : "-";
  return `${link.ifname} on ${base} ${kind} ${mode} ${link.address} ${up} group ${link.group} ${link.inet6_addr_gen_mode}: ${addresses.join(", ")}`;
}

const SETTINGS_SCRIPT = `cd /proc/sys/net && grep . ${[
  ...IPV4_SETTINGS.map((name) => `ipv4/conf/*/${name}`),
  ...IPV6_SETTINGS.map((name) => `ipv6/conf/*/${name}`),
].join(" ")}`;

/** Blocks of each table in order of their first line, elements of sets in order, counters without their counts. */
function rulesetLines(text: string): string[] {
  const joined = text
    .replace(/\{ ([^{}]*) \}/g, (_, list: string) => `{ ${list.split(/,\s+/).sort().join(", ")} }`)
    .replace(/counter packets \d+ bytes \d+/g, "counter");
  const tables = joined.split(/^(?=table )/m).filter((table) => table.trim() !== "");
  return tables.sort().flatMap((table) => {
    const [head, ...rest] = table.split(/\n(?=\t(?:map|set|chain) )/);
    return [head ?? "", ...rest.map((block) => block.replace(/\n\}\s*$/, "").trim()).sort()];
  });
}
