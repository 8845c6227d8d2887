/**
 * The rtnetlink messages that Vigil reads and writes (linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h; rtnetlink(7)):
 * links and addresses, between bytes and plain records. Reads only the attributes it needs, so that a kernel that has more
 * or longer ones is no error.
 */

import { Flags, FlagsGet, FlagsNew } from "netlink/dist/constants.js";
import * as rt from "netlink/dist/rt/structs.js";
import {
  AttrStream,
  formatMessage,
  getString,
  getU32,
  type NetlinkMessage,
  parseAttributes,
  putU32,
} from "netlink/dist/structs.js";
import type { InterfaceAddress } from "../../../base/interface-address.js";
import { addressBytes, familyOf, formatIpAddress, type IpAddress } from "../../../base/ip-address.js";
import { formatMacAddress, type MacAddress } from "../../../base/mac-address.js";
import { AF_INET, AF_INET6 } from "../../both/address-families.js";

/** What a link message says about an interface; undefined where the message has no such attribute. */
export interface LinkRecord {
  readonly index: number;
  readonly name: string | undefined;
  /** IFF_UP and IFF_RUNNING. */
  readonly up: boolean;
  /** Of six bytes, and not that of a loopback. */
  readonly mac: MacAddress | undefined;
  readonly mtu: number | undefined;
  /** IPv6 forwarding is on. */
  readonly ipv6Router: boolean | undefined;
  /** The interface that this one is a port of: its index, and the kind that IFLA_INFO_SLAVE_KIND names. */
  readonly port?: { readonly master: number; readonly kind: string } | undefined;
}

/** What an address message says. */
export interface AddressRecord {
  /** Of its interface. */
  readonly index: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** IFA_ADDRESS: the other end of a point-to-point link, or the address itself. */
  readonly peer: IpAddress;
  readonly scope: number;
  /** IFA_F_SECONDARY, which is IFA_F_TEMPORARY of IPv6. */
  readonly secondary: boolean;
  /** IFA_F_TENTATIVE or IFA_F_DADFAILED. */
  readonly unusable: boolean;
  /** IFA_F_DADFAILED: another host has the address. */
  readonly duplicate?: boolean;
}

/** A message of the kernel about links and addresses. */
export type InterfaceMessage =
  | { readonly kind: "link"; readonly link: LinkRecord }
  /** `net.ipv6.conf.<interface>.forwarding` was set. */
  | { readonly kind: "ipv6Forwarding"; readonly index: number; readonly on: boolean }
  | { readonly kind: "linkGone"; readonly index: number }
  | { readonly kind: "address"; readonly address: AddressRecord }
  | { readonly kind: "addressGone"; readonly address: AddressRecord };

/** Of every address family. */
const AF_UNSPEC = 0;

/** ARPHRD_LOOPBACK, linux/if_arp.h: its hardware address is all zeros and means nothing. */
const ARPHRD_LOOPBACK = 772;

/** Attributes of a link, linux/if_link.h. */
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
/** In IFLA_LINKINFO. */
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_AF_SPEC = 26;
const IFLA_EXT_MASK = 29;
/** In the AF_INET6 part of IFLA_AF_SPEC: the settings of the interface, 32 bits each in the machine's order, forwarding first. */
const IFLA_INET6_CONF = 2;

/** RTM_NEWNETCONF and its attributes, linux/netconf.h; a header of one byte stands in four. */
const RTM_NEWNETCONF = 80;
const NETCONF_HEADER = 4;
const NETCONFA_IFINDEX = 1;
const NETCONFA_FORWARDING = 2;
/** RTEXT_FILTER_SKIP_STATS: counters are most of a dump, and nobody here reads them. */
const SKIP_STATS = 1 << 3;

/** INFINITY_LIFE_TIME of linux/if_addr.h. */
const FOREVER = 0xffff_ffff;

/**
 * Reads one message; undefined when it is about something else.
 * @throws {Error} when the message is malformed.
 */
export function readInterfaceMessage(message: NetlinkMessage): InterfaceMessage | undefined {
  switch (message.type) {
    case rt.MessageType.NEWLINK: {
      const link = readLink(message.data);
      return link === undefined ? undefined : { kind: "link", link };
    }
    case rt.MessageType.DELLINK: {
      const link = readLink(message.data);
      return link === undefined ? undefined : { kind: "linkGone", index: link.index };
    }
    case RTM_NEWNETCONF:
      return readForwarding(message.data);
    case rt.MessageType.NEWADDR: {
      const address = readAddress(message.data);
      return address === undefined ? undefined : { kind: "address", address };
    }
    case rt.MessageType.DELADDR: {
      const address = readAddress(message.data);
      return address === undefined ? undefined : { kind: "addressGone", address };
    }
    default:
      return undefined;
  }
}

function readLink(data: Buffer): LinkRecord | undefined {
  if (data.length < rt.__LENGTH_Link) throw new RangeError(`a link message of ${data.length} bytes`);
  const header = rt.parseLink(data.subarray(0, rt.__LENGTH_Link));
  // A bridge tells of its ports in link messages of its own family: leaving a bridge looks like the end of the interface.
  if ((header.family ?? AF_UNSPEC) !== AF_UNSPEC) return undefined;
  let name: string | undefined;
  let mac: MacAddress | undefined;
  let mtu: number | undefined;
  let ipv6Router: boolean | undefined;
  let master: number | undefined;
  let kind: string | undefined;
  const loopback = header.type === ARPHRD_LOOPBACK || header.type === "LOOPBACK";
  parseAttributes(data.subarray(rt.__LENGTH_Link), ({ type, data: value }) => {
    if (type === IFLA_IFNAME) name = getString(value);
    else if (type === IFLA_MTU) mtu = getU32(value);
    else if (type === IFLA_MASTER) master = getU32(value);
    else if (type === IFLA_LINKINFO) kind = readPortKind(value);
    else if (type === IFLA_AF_SPEC) ipv6Router = readIpv6Router(value);
    else if (type === IFLA_ADDRESS && value.length === 6 && !loopback) mac = formatMacAddress(value);
  });
  const up = header.flags?.up === true && header.flags.running === true;
  const port = master === undefined || kind === undefined ? undefined : { master, kind };
  return { index: header.index ?? 0, name, up, mac, mtu, ipv6Router, port };
}

function readPortKind(info: Buffer): string | undefined {
  let kind: string | undefined;
  parseAttributes(info, ({ type, data }) => {
    if (type === IFLA_INFO_SLAVE_KIND) kind = getString(data);
  });
  return kind;
}

function readIpv6Router(families: Buffer): boolean | undefined {
  let router: boolean | undefined;
  parseAttributes(families, (family) => {
    if (family.type !== AF_INET6) return;
    parseAttributes(family.data, ({ type, data }) => {
      if (type === IFLA_INET6_CONF && data.length >= 4) router = getU32(data.subarray(0, 4)) !== 0;
    });
  });
  return router;
}

/** Undefined when another setting was set, or that of all interfaces, which is told for each of them. */
function readForwarding(data: Buffer): InterfaceMessage | undefined {
  if (data.length < NETCONF_HEADER || data[0] !== AF_INET6) return undefined;
  let index: number | undefined;
  let on: boolean | undefined;
  parseAttributes(data.subarray(NETCONF_HEADER), ({ type, data: value }) => {
    if (type === NETCONFA_IFINDEX && value.length === 4) index = getU32(value) | 0;
    else if (type === NETCONFA_FORWARDING && value.length === 4) on = getU32(value) !== 0;
  });
  return index === undefined || index <= 0 || on === undefined
    ? undefined
    : { kind: "ipv6Forwarding", index, on };
}

function readAddress(data: Buffer): AddressRecord | undefined {
  const { data: header, attrs } = rt.parseAddressMessage(data);
  if (header.family !== AF_INET && header.family !== AF_INET6) return undefined;
  // IPv6 has IFA_LOCAL only when there is a peer.
  const local = attrs.local ?? attrs.address;
  if (local === undefined) return undefined;
  const flags = attrs.flags ?? header.flags ?? {};
  return {
    index: header.index ?? 0,
    address: formatIpAddress(local),
    prefixLength: header.prefixlen ?? 0,
    peer: formatIpAddress(attrs.address ?? local),
    scope: header.scope ?? 0,
    secondary: flags.secondary === true,
    unusable: flags.tentative === true || flags.dadfailed === true,
    ...(flags.dadfailed === true ? { duplicate: true } : {}),
  };
}

/** A request for all links, or for all addresses of both families. */
export function dumpRequest(what: "links" | "addresses", seq: number): Buffer {
  const body = new AttrStream();
  if (what === "links") {
    body.emit(rt.formatLink({ family: AF_UNSPEC }));
    body.push(IFLA_EXT_MASK, putU32(SKIP_STATS));
  } else {
    body.emit(rt.formatAddress({ family: AF_UNSPEC }));
  }
  const type = what === "links" ? rt.MessageType.GETLINK : rt.MessageType.GETADDR;
  const flags = Flags.REQUEST | FlagsGet.DUMP;
  return Buffer.concat(formatMessage({ type, flags, seq, port: 0, data: body.bufs }));
}

/** What is to be done with an address. */
export interface AddressChange {
  /** `renew` adds the address, or gives it a new lifetime if it is there. */
  readonly operation: "add" | "renew" | "remove";
  /** Seconds after which the kernel removes the address by itself; absent: never. */
  readonly validLifetime?: number | undefined;
}

/**
 * A request to change one address, as keepalived forms it.
 * @param index of the interface.
 * @param acknowledge whether the kernel shall answer a success too.
 */
export function addressRequest(
  change: AddressChange,
  address: InterfaceAddress,
  index: number,
  acknowledge: boolean,
  seq: number,
): Buffer {
  const family = familyOf(address.address) === 4 ? AF_INET : AF_INET6;
  const body = new AttrStream();
  // The scope of an IPv6 address follows from the address; the kernel does not look at this field.
  body.emit(rt.formatAddress({ family, prefixlen: address.prefixLength, scope: address.scope, index }));
  body.emit(
    rt.formatAddressAttrs(
      change.operation === "remove" ? removalAttributes(address) : additionAttributes(change, address),
    ),
  );
  const flags =
    Flags.REQUEST |
    (acknowledge ? Flags.ACK : 0) |
    (change.operation === "renew" ? FlagsNew.REPLACE | FlagsNew.CREATE : 0);
  const type = change.operation === "remove" ? rt.MessageType.DELADDR : rt.MessageType.NEWADDR;
  return Buffer.concat(formatMessage({ type, flags, seq, port: 0, data: body.bufs }));
}

function removalAttributes(address: InterfaceAddress): rt.AddressAttrs {
  const local = Buffer.from(addressBytes(address.address));
  // The kernel looks for IFA_ADDRESS, which is the peer of a point-to-point address.
  const peer = address.peer === undefined ? local : Buffer.from(addressBytes(address.peer));
  return { local, address: peer };
}

function additionAttributes(change: AddressChange, address: InterfaceAddress): rt.AddressAttrs {
  const attributes: rt.AddressAttrs = { local: Buffer.from(addressBytes(address.address)) };
  if (address.peer !== undefined) attributes.address = Buffer.from(addressBytes(address.peer));
  if (address.broadcast !== undefined) attributes.broadcast = Buffer.from(addressBytes(address.broadcast));
  if (address.label !== undefined) attributes.label = address.label;
  // In the attribute, as the byte in the header is too small for the flags above 0x80.
  if (address.flags !== 0) attributes.flags = { __unknown: address.flags };
  const lifetimes = lifetimesOf(change, address);
  if (lifetimes !== undefined) attributes.cacheInfo = lifetimes;
  return attributes;
}

/** Undefined for an address without end. */
function lifetimesOf(change: AddressChange, address: InterfaceAddress): rt.AddressCacheInfo | undefined {
  const ifaValid = change.validLifetime ?? FOREVER;
  // `preferred_lft` concerns IPv6 only, as in keepalived: there it keeps a VIP from being chosen as a source address.
  const wanted = familyOf(address.address) === 6 ? (address.preferredLifetime ?? "forever") : "forever";
  const ifaPrefered = Math.min(wanted === "forever" ? FOREVER : wanted, ifaValid);
  if (ifaPrefered === FOREVER && change.operation === "add") return undefined;
  return { ifaPrefered, ifaValid };
}
