/**
 * Gratuitous ARP, RFC 826 and RFC 5227 §3: a broadcast request in which sender and target are the announced address. keepalived
 * fills the target hardware address with ones.
 *
 *     Ethernet header (14)
 *     | Hardware Type 1 | Protocol Type 0x0800 | 6 | 4 | Opcode 1 |
 *     | Sender MAC (6) | Sender IP (4) | Target MAC (6) | Target IP (4) |
 */

import { equalBytes, readU16, writeU16 } from "./bytes.js";
import { ETHERNET_HEADER_LENGTH, EtherType, parseEthernetHeader, writeEthernetHeader } from "./ethernet.js";

const ARP_LENGTH = 28;
const HARDWARE_ETHERNET = 1;
const OPCODE_REQUEST = 1;
const MAC_LENGTH = 6;
const ADDRESS_LENGTH = 4;
const BROADCAST = new Uint8Array(MAC_LENGTH).fill(0xff);

/** Byte offsets behind the Ethernet header. */
const Offset = {
  hardwareType: 0,
  protocolType: 2,
  hardwareLength: 4,
  protocolLength: 5,
  opcode: 6,
  senderMac: 8,
  senderAddress: 14,
  targetMac: 18,
  targetAddress: 24,
} as const;

/** What a gratuitous ARP announces. */
export interface GratuitousArp {
  /** 4 bytes, a view. */
  readonly address: Uint8Array;
  /** 6 bytes, a view. */
  readonly mac: Uint8Array;
}

/** Reads a gratuitous ARP request, padded or not; undefined for any other frame. */
export function parseGratuitousArp(frame: Uint8Array): GratuitousArp | undefined {
  if (frame.length < ETHERNET_HEADER_LENGTH + ARP_LENGTH) return undefined;
  if (parseEthernetHeader(frame)?.etherType !== EtherType.arp) return undefined;
  const arp = frame.subarray(ETHERNET_HEADER_LENGTH);
  if (readU16(arp, Offset.hardwareType) !== HARDWARE_ETHERNET) return undefined;
  if (readU16(arp, Offset.protocolType) !== EtherType.ipv4) return undefined;
  if (arp[Offset.hardwareLength] !== MAC_LENGTH || arp[Offset.protocolLength] !== ADDRESS_LENGTH)
    return undefined;
  if (readU16(arp, Offset.opcode) !== OPCODE_REQUEST) return undefined;
  if (!equalBytes(arp, Offset.senderAddress, arp, Offset.targetAddress, ADDRESS_LENGTH)) return undefined;
  return {
    address: arp.subarray(Offset.senderAddress, Offset.targetMac),
    mac: arp.subarray(Offset.senderMac, Offset.senderAddress),
  };
}

/** A whole frame that tells everybody on the link that `address` (4 bytes) is at `mac` (6 bytes). */
export function writeGratuitousArp(address: Uint8Array, mac: Uint8Array): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + ARP_LENGTH);
  writeEthernetHeader(frame, BROADCAST, mac, EtherType.arp);
  const arp = ETHERNET_HEADER_LENGTH;
  writeU16(frame, arp + Offset.hardwareType, HARDWARE_ETHERNET);
  writeU16(frame, arp + Offset.protocolType, EtherType.ipv4);
  frame[arp + Offset.hardwareLength] = MAC_LENGTH;
  frame[arp + Offset.protocolLength] = ADDRESS_LENGTH;
  writeU16(frame, arp + Offset.opcode, OPCODE_REQUEST);
  frame.set(mac, arp + Offset.senderMac);
  frame.set(address, arp + Offset.senderAddress);
  frame.set(BROADCAST, arp + Offset.targetMac);
  frame.set(address, arp + Offset.targetAddress);
  return frame;
}
