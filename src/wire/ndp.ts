/**
 * Unsolicited neighbour advertisement, RFC 4861 §4.4 and §7.2.6, to all nodes, with the Override flag and the sender's MAC.
 *
 *     Ethernet header (14), IPv6 header (40)
 *     |     Type 136  |     Code 0    |          Checksum             |
 *     |R|S|O|                     Reserved                            |
 *     |                       Target Address (16)                     |
 *     | Option 2      | Length 1      |   Target link-layer address   |
 */

import { addressBytes, ipAddress } from "../base/ip-address.js";
import { equalBytes, writeU16 } from "./bytes.js";
import { ETHERNET_HEADER_LENGTH, EtherType, parseEthernetHeader, writeEthernetHeader } from "./ethernet.js";
import { IPV6_HEADER_LENGTH, Ipv6Offset, ipv6PduChecksum, parseIpv6Header, writeIpv6Header } from "./ipv6.js";

const PROTOCOL_ICMPV6 = 58;
const TYPE_NEIGHBOUR_ADVERTISEMENT = 136;
const FLAG_ROUTER = 0x80;
const FLAG_OVERRIDE = 0x20;
const OPTION_TARGET_LINK_LAYER_ADDRESS = 2;
const NA_LENGTH = 32;
const FRAME_LENGTH = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH + NA_LENGTH;
const HOP_LIMIT = 255;

/** Byte offsets in the ICMPv6 message. */
const Offset = {
  type: 0,
  code: 1,
  checksum: 2,
  flags: 4,
  target: 8,
  option: 24,
  optionLength: 25,
  linkLayerAddress: 26,
} as const;

const ALL_NODES = addressBytes(ipAddress("ff02::1"));
const ALL_NODES_MAC = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

/** What a neighbour advertisement announces. */
export interface UnsolicitedNa {
  /** Target Address: 16 bytes, a view. */
  readonly address: Uint8Array;
  /** Target link-layer address: 6 bytes, a view. */
  readonly mac: Uint8Array;
  readonly isRouter: boolean;
  readonly isOverride: boolean;
}

/** Reads a frame of the shape that {@link writeUnsolicitedNa} writes, with a right checksum; undefined for any other. */
export function parseUnsolicitedNa(frame: Uint8Array): UnsolicitedNa | undefined {
  if (frame.length < FRAME_LENGTH || parseEthernetHeader(frame)?.etherType !== EtherType.ipv6)
    return undefined;
  const ip = parseIpv6Header(frame.subarray(ETHERNET_HEADER_LENGTH));
  if (ip?.nextHeader !== PROTOCOL_ICMPV6 || ip.payloadLength !== NA_LENGTH || ip.hopLimit !== HOP_LIMIT)
    return undefined;
  if (!equalBytes(ip.destination, 0, ALL_NODES, 0, ALL_NODES.length)) return undefined;
  const na = frame.subarray(ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH, FRAME_LENGTH);
  if (na[Offset.type] !== TYPE_NEIGHBOUR_ADVERTISEMENT || na[Offset.code] !== 0) return undefined;
  if (na[Offset.option] !== OPTION_TARGET_LINK_LAYER_ADDRESS || na[Offset.optionLength] !== 1)
    return undefined;
  if (naChecksum(frame) !== 0) return undefined;
  const flags = na[Offset.flags] ?? 0;
  return {
    address: na.subarray(Offset.target, Offset.option),
    mac: na.subarray(Offset.linkLayerAddress),
    isRouter: (flags & FLAG_ROUTER) !== 0,
    isOverride: (flags & FLAG_OVERRIDE) !== 0,
  };
}

/** A whole frame that tells everybody on the link that `address` (16 bytes) is at `mac` (6 bytes). */
export function writeUnsolicitedNa(address: Uint8Array, mac: Uint8Array, isRouter: boolean): Uint8Array {
  const frame = new Uint8Array(FRAME_LENGTH);
  writeEthernetHeader(frame, ALL_NODES_MAC, mac, EtherType.ipv6);
  writeIpv6Header(frame, ETHERNET_HEADER_LENGTH, {
    trafficClass: 0,
    payloadLength: NA_LENGTH,
    nextHeader: PROTOCOL_ICMPV6,
    hopLimit: HOP_LIMIT,
    source: address,
    destination: ALL_NODES,
  });
  const na = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;
  frame[na + Offset.type] = TYPE_NEIGHBOUR_ADVERTISEMENT;
  frame[na + Offset.flags] = FLAG_OVERRIDE | (isRouter ? FLAG_ROUTER : 0);
  frame.set(address, na + Offset.target);
  frame[na + Offset.option] = OPTION_TARGET_LINK_LAYER_ADDRESS;
  frame[na + Offset.optionLength] = 1;
  frame.set(mac, na + Offset.linkLayerAddress);
  writeU16(frame, na + Offset.checksum, naChecksum(frame));
  return frame;
}

function naChecksum(frame: Uint8Array): number {
  const addresses = ETHERNET_HEADER_LENGTH + Ipv6Offset.source;
  const na = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;
  return ipv6PduChecksum(frame, addresses, PROTOCOL_ICMPV6, frame, na, NA_LENGTH);
}
