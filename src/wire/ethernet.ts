/**
 * Ethernet II header.
 *
 *     0                 6                 12      14
 *     +-----------------+-----------------+-------+
 *     | Destination     | Source          | Type  |
 *     +-----------------+-----------------+-------+
 */

import { writeU16 } from "./bytes.js";

/** Bytes. */
export const ETHERNET_HEADER_LENGTH = 14;

/** EtherTypes, IEEE 802 numbers. */
export const EtherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

/** Writes the header at the start of `frame`; addresses are 6 bytes. */
export function writeEthernetHeader(
  frame: Uint8Array,
  destination: Uint8Array,
  source: Uint8Array,
  etherType: number,
): void {
  frame.set(destination, 0);
  frame.set(source, 6);
  writeU16(frame, 12, etherType);
}
