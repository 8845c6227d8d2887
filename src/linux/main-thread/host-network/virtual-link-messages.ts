/**
 * The rtnetlink messages about virtual interfaces (linux/if_link.h, linux/ip.h; rtnetlink(7)): macvlan and ipvlan links are made,
 * set up and deleted, and links are listed with what they are made on.
 */

import { Flags, FlagsNew } from "netlink/dist/constants.js";
import {
  AttrStream,
  formatMessage,
  getString,
  getU32,
  parseAttributes,
  putU32,
} from "netlink/dist/structs.js";
import { formatMacAddress, type MacAddress, macBytes } from "../../../base/mac-address.js";
import type { IpvlanMode, VirtualInterface } from "../../../base/virtual-interface.js";
import { AF_INET, AF_INET6 } from "../../both/address-families.js";

/** linux/rtnetlink.h */
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

/** Attributes of a link, linux/if_link.h. */
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const IFLA_GROUP = 27;
const IFLA_EXT_MASK = 29;
const IFLA_LINK_NETNSID = 37;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_MACVLAN_MODE = 1;
const IFLA_IPVLAN_MODE = 1;
const IFLA_IPVLAN_FLAGS = 2;
const IFLA_INET_CONF = 1;
const IFLA_INET6_ADDR_GEN_MODE = 8;

const MACVLAN_MODE_PRIVATE = 1;
const IPVLAN_MODE_L2 = 0;
const IPVLAN_FLAGS: Readonly<Record<IpvlanMode, number>> = { bridge: 0, private: 1, vepa: 2 };
const IN6_ADDR_GEN_MODE_NONE = 1;
const SKIP_STATS = 1 << 3;
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;
const IFF_MULTICAST = 0x1000;

/** IPV4_DEVCONF_* of linux/ip.h, under the name of the sysctl. */
const INET_CONF = {
  rp_filter: 8,
  arp_filter: 13,
  arp_ignore: 19,
  promote_secondaries: 20,
  accept_local: 23,
} as const;

/** `net.ipv4.conf.INTERFACE.*` that can be set by a message. */
export type InetConf = Partial<Record<keyof typeof INET_CONF, number>>;

/** One link of a listing. */
export interface ListedLink {
  readonly index: number;
  readonly name: string;
  /** Index of the interface below; only when that is in the same namespace. */
  readonly baseIndex: number | undefined;
  readonly mac: MacAddress | undefined;
  readonly kind: string | undefined;
  readonly privateMacvlan: boolean;
  readonly running: boolean;
  readonly loopback: boolean;
  readonly multicast: boolean;
}

/** A request for all links. */
export function linksRequest(seq: number): Buffer {
  const body = linkHeader({});
  body.push(IFLA_EXT_MASK, putU32(SKIP_STATS));
  // NLM_F_DUMP
  return message(RTM_GETLINK, Flags.REQUEST | 0x300, seq, body);
}

/** @param baseIndex of the interface below. */
export function createRequest(wanted: VirtualInterface, baseIndex: number, seq: number): Buffer {
  const body = linkHeader({});
  const data = new AttrStream();
  if (wanted.kind === "macvlan") data.push(IFLA_MACVLAN_MODE, putU32(MACVLAN_MODE_PRIVATE));
  else {
    data.push(IFLA_IPVLAN_MODE, putU16(IPVLAN_MODE_L2));
    data.push(IFLA_IPVLAN_FLAGS, putU16(IPVLAN_FLAGS[wanted.mode]));
  }
  const info = new AttrStream();
  info.push(IFLA_INFO_KIND, Buffer.from(wanted.kind));
  info.push(IFLA_INFO_DATA, data.bufs);
  body.push(IFLA_LINKINFO, info.bufs);
  body.push(IFLA_LINK, putU32(baseIndex));
  body.push(IFLA_IFNAME, Buffer.from(`${wanted.name}\0`));
  if (wanted.mac !== undefined) body.push(IFLA_ADDRESS, Buffer.from(macBytes(wanted.mac)));
  if (wanted.group !== 0) body.push(IFLA_GROUP, putU32(wanted.group));
  return message(RTM_NEWLINK, Flags.REQUEST | Flags.ACK | FlagsNew.CREATE | FlagsNew.EXCL, seq, body);
}

/** The MAC address and the mode of a VMAC that is there. */
export function changeRequest(index: number, { mac }: VirtualInterface, seq: number): Buffer {
  const body = linkHeader({ index });
  if (mac !== undefined) body.push(IFLA_ADDRESS, Buffer.from(macBytes(mac)));
  const data = new AttrStream();
  data.push(IFLA_MACVLAN_MODE, putU32(MACVLAN_MODE_PRIVATE));
  const info = new AttrStream();
  info.push(IFLA_INFO_KIND, Buffer.from("macvlan"));
  info.push(IFLA_INFO_DATA, data.bufs);
  body.push(IFLA_LINKINFO, info.bufs);
  return message(RTM_NEWLINK, Flags.REQUEST | Flags.ACK, seq, body);
}

/** Settings of an interface: those of IPv4, and whether it makes itself IPv6 addresses. */
export function settingsRequest(
  index: number,
  conf: InetConf,
  makesNoAddresses: boolean,
  seq: number,
): Buffer {
  const body = linkHeader({ index });
  const families = new AttrStream();
  const inet = new AttrStream();
  for (const [name, value] of Object.entries(conf)) {
    inet.push(INET_CONF[name as keyof typeof INET_CONF], putU32(value));
  }
  if (inet.bufs.length > 0) {
    const wrapped = new AttrStream();
    wrapped.push(IFLA_INET_CONF, inet.bufs);
    families.push(AF_INET, wrapped.bufs);
  }
  if (makesNoAddresses) {
    const inet6 = new AttrStream();
    inet6.push(IFLA_INET6_ADDR_GEN_MODE, Buffer.of(IN6_ADDR_GEN_MODE_NONE));
    families.push(AF_INET6, inet6.bufs);
  }
  body.push(IFLA_AF_SPEC, families.bufs);
  return message(RTM_NEWLINK, Flags.REQUEST | Flags.ACK, seq, body);
}

/** Sets a link up. */
export function upRequest(index: number, seq: number): Buffer {
  return message(RTM_NEWLINK, Flags.REQUEST | Flags.ACK, seq, linkHeader({ index, up: true }));
}

/** Deletes a link. */
export function deleteRequest(index: number, seq: number): Buffer {
  return message(RTM_DELLINK, Flags.REQUEST | Flags.ACK, seq, linkHeader({ index }));
}

/** Reads an RTM_NEWLINK of a listing. */
export function readListedLink(type: number, data: Buffer): ListedLink | undefined {
  if (type !== RTM_NEWLINK || data.length < LINK_HEADER) return undefined;
  let name: string | undefined;
  let baseIndex: number | undefined;
  let foreign = false;
  let mac: MacAddress | undefined;
  let kind: string | undefined;
  let mode: number | undefined;
  parseAttributes(data.subarray(LINK_HEADER), (attribute) => {
    const value = attribute.data;
    if (attribute.type === IFLA_IFNAME) name = getString(value);
    else if (attribute.type === IFLA_LINK) baseIndex = getU32(value);
    else if (attribute.type === IFLA_LINK_NETNSID) foreign = true;
    else if (attribute.type === IFLA_ADDRESS && value.length === 6) mac = formatMacAddress(value);
    else if (attribute.type === IFLA_LINKINFO) ({ kind, mode } = readLinkInfo(value));
  });
  if (name === undefined) return undefined;
  const flags = data.readUInt32LE(8);
  return {
    index: data.readInt32LE(4),
    name,
    baseIndex: foreign || baseIndex === 0 ? undefined : baseIndex,
    mac,
    kind,
    privateMacvlan: kind === "macvlan" && mode === MACVLAN_MODE_PRIVATE,
    running: (flags & IFF_RUNNING) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    multicast: (flags & IFF_MULTICAST) !== 0,
  };
}

function readLinkInfo(data: Buffer): { kind: string | undefined; mode: number | undefined } {
  let kind: string | undefined;
  let mode: number | undefined;
  parseAttributes(data, (attribute) => {
    if (attribute.type === IFLA_INFO_KIND) kind = getString(attribute.data);
    else if (attribute.type === IFLA_INFO_DATA) {
      parseAttributes(attribute.data, ({ type, data: value }) => {
        if (type === IFLA_MACVLAN_MODE && value.length === 4) mode = getU32(value);
      });
    }
  });
  return { kind, mode };
}

/** sizeof(struct ifinfomsg) */
const LINK_HEADER = 16;

function linkHeader({ index = 0, up = false }): AttrStream {
  const header = Buffer.alloc(LINK_HEADER);
  header.writeInt32LE(index, 4);
  if (up) {
    header.writeUInt32LE(IFF_UP, 8);
    header.writeUInt32LE(IFF_UP, 12);
  }
  const body = new AttrStream();
  body.emit(header);
  return body;
}

function putU16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function message(type: number, flags: number, seq: number, body: AttrStream): Buffer {
  return Buffer.concat(formatMessage({ type, flags, seq, port: 0, data: body.bufs }));
}
