/** Names that stand for numbers in routes and rules: those of iproute2's files on the machine, else the kernel's own. */

import type { World } from "./world.js";

/** What a name is for. */
export type RoutingNameKind = "table" | "protocol" | "scope" | "dsfield" | "realm" | "group" | "ipProtocol";

/** What linux/rtnetlink.h and IANA call these. */
const BUILT_IN: Record<RoutingNameKind, Readonly<Record<string, number>>> = {
  table: { unspec: 0, default: 253, main: 254, local: 255 },
  protocol: { unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, ra: 9, keepalived: 18 },
  scope: { global: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  dsfield: {},
  realm: {},
  group: { default: 0 },
  ipProtocol: { icmp: 1, tcp: 6, udp: 17, dccp: 33, "ipv6-icmp": 58, sctp: 132, udplite: 136 },
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
  const named = world?.routingName?.(kind, text) ?? BUILT_IN[kind][text];
  const number = named ?? parseCNumber(text);
  return number !== undefined && number <= LARGEST[kind] ? number : undefined;
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
