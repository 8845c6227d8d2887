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
import { writeU16 } from "./bytes.js";
import { ETHERNET_HEADER_LENGTH, EtherType, writeEthernetHeader } from "./ethernet.js";
import { IPV6_HEADER_LENGTH, Ipv6Offset, ipv6PduChecksum, writeIpv6Header } from "./ipv6.js";

const PROTOCOL_ICMPV6 = 58;
const TYPE_NEIGHBOUR_ADVERTISEMENT = 136;
const FLAG_ROUTER = 0x80;
const FLAG_OVERRIDE = 0x20;
const OPTION_TARGET_LINK_LAYER_ADDRESS = 2;
const NA_LENGTH = 32;
const ALL_NODES = addressBytes(ipAddress("ff02::1"));
const ALL_NODES_MAC = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

/** A whole frame that tells everybody on the link that `address` (16 bytes) is at `mac` (6 bytes). */
export function writeUnsolicitedNa(address: Uint8Array, mac: Uint8Array, isRouter: boolean): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH + NA_LENGTH);
  writeEthernetHeader(frame, ALL_NODES_MAC, mac, EtherType.ipv6);
  writeIpv6Header(frame, ETHERNET_HEADER_LENGTH, {
    payloadLength: NA_LENGTH,
    nextHeader: PROTOCOL_ICMPV6,
    hopLimit: 255,
    source: address,
    destination: ALL_NODES,
  });
  const na = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;
  frame[na] = TYPE_NEIGHBOUR_ADVERTISEMENT;
  frame[na + 4] = FLAG_OVERRIDE | (isRouter ? FLAG_ROUTER : 0);
  frame.set(address, na + 8);
  frame[na + 24] = OPTION_TARGET_LINK_LAYER_ADDRESS;
  frame[na + 25] = 1;
  frame.set(mac, na + 26);
  const addresses = ETHERNET_HEADER_LENGTH + Ipv6Offset.source;
  writeU16(frame, na + 2, ipv6PduChecksum(frame, addresses, PROTOCOL_ICMPV6, frame, na, NA_LENGTH));
  return frame;
}
