/**
 * Gratuitous ARP, RFC 826 and RFC 5227 §3: a broadcast request in which sender and target are the announced address. keepalived
 * fills the target hardware address with ones.
 *
 *     Ethernet header (14)
 *     | Hardware Type 1 | Protocol Type 0x0800 | 6 | 4 | Opcode 1 |
 *     | Sender MAC (6) | Sender IP (4) | Target MAC (6) | Target IP (4) |
 */

import { writeU16 } from "./bytes.js";
import { ETHERNET_HEADER_LENGTH, EtherType, writeEthernetHeader } from "./ethernet.js";

const ARP_LENGTH = 28;
const HARDWARE_ETHERNET = 1;
const OPCODE_REQUEST = 1;
const BROADCAST = new Uint8Array(6).fill(0xff);

/** A whole frame that tells everybody on the link that `address` (4 bytes) is at `mac` (6 bytes). */
export function writeGratuitousArp(address: Uint8Array, mac: Uint8Array): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + ARP_LENGTH);
  writeEthernetHeader(frame, BROADCAST, mac, EtherType.arp);
  const arp = ETHERNET_HEADER_LENGTH;
  writeU16(frame, arp, HARDWARE_ETHERNET);
  writeU16(frame, arp + 2, EtherType.ipv4);
  frame[arp + 4] = 6;
  frame[arp + 5] = 4;
  writeU16(frame, arp + 6, OPCODE_REQUEST);
  frame.set(mac, arp + 8);
  frame.set(address, arp + 14);
  frame.set(BROADCAST, arp + 18);
  frame.set(address, arp + 24);
  return frame;
}
