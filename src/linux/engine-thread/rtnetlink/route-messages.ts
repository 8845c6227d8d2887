/** rtnetlink messages about routes (rtnetlink(7); linux/rtnetlink.h, linux/lwtunnel.h), as keepalived forms them. */

import { Flags, FlagsNew } from "netlink/dist/constants.js";
import * as rt from "netlink/dist/rt/structs.js";
import {
  AttrStream,
  formatMessage,
  getPadding,
  getU16,
  getU32,
  parseAttributes,
  putU8,
  putU16,
  putU32,
} from "netlink/dist/structs.js";
import { addressBytes, type IpAddress } from "../../../base/ip-address.js";
import {
  type Encapsulation,
  type NextHop,
  ROUTE_METRICS,
  type Route,
  type RouteMetric,
  type RouteType,
  TABLE_MAIN,
} from "../../../base/routing.js";
import { AF_INET, AF_INET6 } from "../../both/address-families.js";
import type { RequestBuilder } from "./request-batches.js";

/** Index of an interface; undefined when there is none of that name. */
export type IndexOf = (interfaceName: string) => number | undefined;

/** Attributes of a route. */
const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_FLOW = 11;
const RTA_TABLE = 15;
const RTA_PREF = 20;
const RTA_ENCAP_TYPE = 21;
const RTA_ENCAP = 22;
const RTA_EXPIRES = 23;
const RTA_TTL_PROPAGATE = 26;

/** RTN_*. */
const TYPE_NUMBERS: Record<RouteType, number> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
  xresolve: 11,
};

/** RTAX_*. */
const METRIC_NUMBERS: Record<RouteMetric | "congctl", number> = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hoplimit: 10,
  initcwnd: 11,
  features: 12,
  rto_min: 13,
  initrwnd: 14,
  quickack: 15,
  congctl: 16,
  fastopen_no_cookie: 17,
};
const RTAX_LOCK = 1;

/** RT_SCOPE_NOWHERE, which in a removal stands for any. */
const SCOPE_ANY = 255;

/** RTNH_F_ONLINK. */
const ONLINK = 4;

/** LWTUNNEL_ENCAP_*. */
const ENCAP_TYPES: Record<Encapsulation["kind"], number> = { mpls: 1, ip: 2, ila: 3, ip6: 4 };

/** IP6_RT_PRIO_USER: the metric of an IPv6 route that names none. */
const IPV6_METRIC = 1_024;

/** Largest table number that fits the header; others stand in an attribute. */
const LARGEST_SHORT_TABLE = 255;

/** Makes a request to add or remove one route; undefined when an interface that it names does not exist. */
export function routeRequest(
  operation: "add" | "remove",
  route: Route,
  indexOf: IndexOf,
): RequestBuilder | undefined {
  const ways = waysOf(route, indexOf);
  if (ways === undefined) return undefined;
  const body = new AttrStream();
  body.emit(headerOf(operation, route));
  if (route.table > LARGEST_SHORT_TABLE) body.push(RTA_TABLE, putU32(route.table));
  body.push(RTA_DST, bytesOf(route.destination.address));
  if (route.from !== undefined) body.push(RTA_SRC, bytesOf(route.from.address));
  if (route.source !== undefined) body.push(RTA_PREFSRC, bytesOf(route.source));
  for (const [type, data] of ways) body.push(type, data);
  if (route.priority !== undefined) body.push(RTA_PRIORITY, putU32(route.priority));
  if (route.expires !== undefined) body.push(RTA_EXPIRES, putU32(route.expires));
  if (route.preference !== undefined) body.push(RTA_PREF, putU8(route.preference));
  if (route.ttlPropagate !== undefined) body.push(RTA_TTL_PROPAGATE, putU8(route.ttlPropagate ? 1 : 0));
  const metrics = metricsOf(route);
  if (metrics !== undefined) body.push(RTA_METRICS, metrics);
  const type = operation === "add" ? rt.MessageType.NEWROUTE : rt.MessageType.DELROUTE;
  const flags = Flags.REQUEST | (operation === "add" ? additionFlags(route) : 0);
  return (acknowledge, seq) =>
    Buffer.concat(
      formatMessage({ type, flags: flags | (acknowledge ? Flags.ACK : 0), seq, port: 0, data: body.bufs }),
    );
}

/** Only unicast routes stand beside others to the same destination. */
function additionFlags({ position, type }: Route): number {
  if (position === "append") return FlagsNew.CREATE | FlagsNew.APPEND;
  const alone = position === "add" || type !== "unicast";
  return FlagsNew.CREATE | (alone ? FlagsNew.EXCL : 0);
}

/** `struct rtmsg`. A removal is for any type and scope where the line leaves them at their defaults. */
function headerOf(operation: "add" | "remove", route: Route): Buffer {
  const removing = operation === "remove";
  const header = Buffer.alloc(12);
  header[0] = route.family === 4 ? AF_INET : AF_INET6;
  header[1] = route.destination.length;
  header[2] = route.from?.length ?? 0;
  header[3] = route.tos;
  header[4] = route.table > LARGEST_SHORT_TABLE ? 0 : route.table;
  header[5] = route.protocol;
  header[6] = removing && route.scope === 0 ? SCOPE_ANY : route.scope;
  header[7] = removing && route.type === "unicast" ? 0 : TYPE_NUMBERS[route.type];
  header.set(putU32(route.onlink ? ONLINK : 0), 8);
  return header;
}

/** Attributes that say where packets go; undefined when an interface does not exist. */
function waysOf(route: Route, indexOf: IndexOf): [number, Buffer][] | undefined {
  const attributes = wayOf(route);
  if (route.interface !== undefined) {
    const index = indexOf(route.interface);
    if (index === undefined) return undefined;
    attributes.push([RTA_OIF, putU32(index)]);
  }
  if (route.nextHops.length === 0) return attributes;
  const hops: Buffer[] = [];
  for (const hop of route.nextHops) {
    const index = hop.interface === undefined ? 0 : indexOf(hop.interface);
    if (index === undefined) return undefined;
    const inner = new AttrStream();
    for (const [type, data] of wayOf(hop)) inner.push(type, data);
    const unpadded = Buffer.concat(inner.bufs);
    const data = Buffer.concat([unpadded, getPadding(unpadded.length)]);
    // `struct rtnexthop`: the number of hops is the weight less one.
    const header = [
      putU16(8 + data.length),
      putU8(hop.onlink ? ONLINK : 0),
      putU8((hop.weight ?? 1) - 1),
      putU32(index),
    ];
    hops.push(...header, data);
  }
  attributes.push([RTA_MULTIPATH, Buffer.concat(hops)]);
  return attributes;
}

/** What a route and a next hop say in the same words, without the interface. */
function wayOf({ via, realms, encapsulation }: NextHop): [number, Buffer][] {
  const attributes: [number, Buffer][] = [];
  if (via !== undefined) attributes.push([RTA_GATEWAY, bytesOf(via)]);
  if (realms !== undefined) attributes.push([RTA_FLOW, putU32(realms)]);
  if (encapsulation !== undefined) {
    attributes.push([RTA_ENCAP, encapsulationBytes(encapsulation)]);
    attributes.push([RTA_ENCAP_TYPE, putU16(ENCAP_TYPES[encapsulation.kind])]);
  }
  return attributes;
}

function encapsulationBytes(encapsulation: Encapsulation): Buffer {
  const inner = new AttrStream();
  switch (encapsulation.kind) {
    case "mpls":
      inner.push(
        1,
        Buffer.concat(encapsulation.labels.map((label, i, all) => labelBytes(label, i === all.length - 1))),
      );
      break;
    case "ila":
      inner.push(
        1,
        Buffer.concat(encapsulation.locator.map((group) => Buffer.from([group >> 8, group & 0xff]))),
      );
      break;
    default: {
      const { id, destination, source, tos, ttl, flags } = encapsulation;
      if (id !== undefined) inner.push(1, bigEndian64(id));
      if (destination !== undefined) inner.push(2, bytesOf(destination));
      if (source !== undefined) inner.push(3, bytesOf(source));
      if (ttl !== undefined) inner.push(4, putU8(ttl));
      if (tos !== undefined) inner.push(5, putU8(tos));
      if (flags !== undefined) inner.push(6, putU16(flags));
    }
  }
  return Buffer.concat(inner.bufs);
}

/** One entry of a label stack, RFC 3032 §2.1, without a TTL. */
function labelBytes(label: number, bottom: boolean): Buffer {
  return Buffer.from([label >> 12, (label >> 4) & 0xff, ((label & 0xf) << 4) | (bottom ? 1 : 0), 0]);
}

/** A decimal number as 64 bits in network order. */
export function bigEndian64(decimal: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(decimal));
  return bytes;
}

function metricsOf({ metrics, locked, congestionControl }: Route): Buffer | undefined {
  const inner = new AttrStream();
  if (congestionControl !== undefined)
    inner.push(METRIC_NUMBERS.congctl, Buffer.from(`${congestionControl}\0`));
  for (const metric of ROUTE_METRICS) {
    const value = metrics[metric];
    if (value !== undefined) inner.push(METRIC_NUMBERS[metric], putU32(value));
  }
  const mask = locked.reduce((bits, metric) => bits | (1 << METRIC_NUMBERS[metric]), 0);
  if (mask !== 0) inner.push(RTAX_LOCK, putU32(mask));
  return inner.bufs.length === 0 ? undefined : Buffer.concat(inner.bufs);
}

function bytesOf(address: IpAddress): Buffer {
  return Buffer.from(addressBytes(address));
}

/** One way that the kernel shows. */
interface WayRecord {
  /** Address in hexadecimal; empty when there is no gateway. */
  readonly gateway: string;
  readonly index: number;
}

/** What the kernel shows of a route, as far as it tells routes apart. */
export interface RouteRecord {
  /** Equal for all routes between which the kernel chooses by their ways only. */
  readonly key: string;
  readonly ways: readonly WayRecord[];
  /** RTPROT_* */
  readonly protocol: number;
}

/**
 * Reads a route message; undefined for one that is too short,
 * @throws {Error} when the message is malformed.
 */
export function readRoute(data: Buffer): RouteRecord | undefined {
  if (data.length < 12) return undefined;
  const family = data[0] === AF_INET ? 4 : 6;
  const length = data[1] ?? 0;
  let table = data[4] ?? 0;
  let destination: Uint8Array = new Uint8Array(family === 4 ? 4 : 16);
  let priority = 0;
  const ways: WayRecord[] = [];
  const only = { gateway: "", index: 0 };
  parseAttributes(data.subarray(12), ({ type, data: value }) => {
    if (type === RTA_TABLE) table = getU32(value);
    else if (type === RTA_DST) destination = value;
    else if (type === RTA_PRIORITY) priority = getU32(value);
    else if (type === RTA_GATEWAY) only.gateway = value.toString("hex");
    else if (type === RTA_OIF) only.index = getU32(value);
    else if (type === RTA_MULTIPATH) ways.push(...readWays(value));
  });
  if (ways.length === 0) ways.push(only);
  const key = keyOf({ family, length, destination, tos: data[3] ?? 0, table, priority });
  return { key, ways, protocol: data[5] ?? 0 };
}

/** Entries of `struct rtnexthop`. */
function readWays(data: Buffer): WayRecord[] {
  const ways: WayRecord[] = [];
  for (let at = 0; at + 8 <= data.length; ) {
    const length = getU16(data.subarray(at, at + 2));
    if (length < 8) break;
    let gateway = "";
    parseAttributes(data.subarray(at + 8, at + length), ({ type, data: value }) => {
      if (type === RTA_GATEWAY) gateway = value.toString("hex");
    });
    ways.push({ gateway, index: getU32(data.subarray(at + 4, at + 8)) });
    at += (length + 3) & ~3;
  }
  return ways;
}

/** The key under which the kernel shows a route that was added. */
export function routeKey(route: Route): string {
  const { family, destination, tos, priority = 0 } = route;
  return keyOf({
    family,
    length: destination.length,
    destination: addressBytes(destination.address),
    tos,
    // What the kernel fills in: the main table, and the metric of IPv6 routes.
    table: route.table === 0 ? TABLE_MAIN : route.table,
    priority: family === 6 && priority === 0 ? IPV6_METRIC : priority,
  });
}

/** True when a record of the route's key has every way of the route. */
export function hasWays(record: RouteRecord, route: Route, indexOf: IndexOf): boolean {
  const wanted = route.nextHops.length > 0 ? route.nextHops : [route];
  return wanted.every(({ via, interface: name }) => {
    const gateway = via === undefined ? undefined : bytesOf(via).toString("hex");
    // The kernel puts routes without a way, such as blackholes, on an interface of its choice.
    const index = name === undefined ? undefined : indexOf(name);
    return record.ways.some(
      (way) =>
        (gateway === undefined || way.gateway === gateway) && (index === undefined || way.index === index),
    );
  });
}

function keyOf(route: {
  readonly family: 4 | 6;
  readonly length: number;
  readonly destination: Uint8Array;
  readonly tos: number;
  readonly table: number;
  readonly priority: number;
}): string {
  const prefix = Buffer.from(route.destination);
  for (const [i, byte] of prefix.entries())
    prefix[i] = byte & (0xff00 >> Math.min(8, Math.max(0, route.length - 8 * i)));
  return [route.family, prefix.toString("hex"), route.length, route.tos, route.table, route.priority].join(
    "/",
  );
}
