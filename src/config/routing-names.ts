/**
 * Names that stand for numbers in routes and rules, found as keepalived 2.2.7 finds them: the first entry of iproute2's file in
 * /etc, then the built-in names whose numbers that file does not name.
 */

import type { World } from "./world.js";

/** What a name is for. */
export type RoutingNameKind = "table" | "protocol" | "scope" | "dsfield" | "realm" | "group" | "ipProtocol";

/** A name and its number. */
export type RoutingEntry = readonly [name: string, number: number];

/** The names of one kind that this machine's files give, in the order of the files' lines. */
export interface RoutingNameFiles {
  /** The file that keepalived reads. */
  readonly main: readonly RoutingEntry[];
  /** Files that only iproute2 reads. A name in them counts when nothing else has it. */
  readonly others: readonly RoutingEntry[];
}

/** keepalived's own names, with the numbers of linux/rtnetlink.h and IANA, in its order. */
const BUILT_IN: Record<RoutingNameKind, readonly RoutingEntry[]> = {
  table: [
    ["default", 253],
    ["main", 254],
    ["local", 255],
  ],
  protocol: [
    ["none", 0],
    ["redirect", 1],
    ["kernel", 2],
    ["boot", 3],
    ["static", 4],
    ["gated", 8],
    ["ra", 9],
    ["mrt", 10],
    ["zebra", 11],
    ["bird", 12],
    ["babel", 42],
    ["dnrouted", 13],
    ["xorp", 14],
    ["ntk", 15],
    ["dhcp", 16],
  ],
  scope: [
    ["global", 0],
    ["nowhere", 255],
    ["host", 254],
    ["link", 253],
    ["site", 200],
  ],
  dsfield: [],
  realm: [],
  group: [],
  ipProtocol: [
    ["icmp", 1],
    ["tcp", 6],
    ["udp", 17],
    ["dccp", 33],
    ["ipv6-icmp", 58],
    ["sctp", 132],
    ["udplite", 136],
  ],
};

/** Largest number of each kind. */
const LARGEST: Record<RoutingNameKind, number> = {
  table: 0xffff_ffff,
  protocol: 255,
  scope: 255,
  dsfield: 255,
  realm: 0xffff,
  group: 0x7fff_ffff,
  ipProtocol: 255,
};

/** The number behind a name or a number in C notation; undefined when it is neither, or too large. */
export function routingNumber(
  kind: RoutingNameKind,
  text: string,
  world: World | undefined,
): number | undefined {
  const number = parseCNumber(text) ?? namedNumber(kind, text, world);
  return number !== undefined && number <= LARGEST[kind] ? number : undefined;
}

function namedNumber(kind: RoutingNameKind, name: string, world: World | undefined): number | undefined {
  const { main, others } = world?.routingNames?.(kind) ?? { main: [], others: [] };
  const known = main.filter(([, number]) => number <= LARGEST[kind]);
  const numbers = new Set(known.map(([, number]) => number));
  const builtIn = BUILT_IN[kind].filter(([, number]) => !numbers.has(number));
  return [...known, ...builtIn, ...others].find(([entry]) => entry === name)?.[1];
}

/** A number ≥ 0 in decimal, hexadecimal (0x) or octal (0) notation; undefined for anything else. */
export function parseCNumber(text: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number(text);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : undefined;
}

/** `[FROM/]TO` realms as one number; undefined when one of them is none. */
export function realmsNumber(text: string, world: World | undefined): number | undefined {
  const parts = text.split("/").map((part) => routingNumber("realm", part, world));
  const [first, second] = parts;
  if (first === undefined || parts.length > 2 || parts.includes(undefined)) return undefined;
  return second === undefined ? first : first * 0x1_0000 + second;
}
