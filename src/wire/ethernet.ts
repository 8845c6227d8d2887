/**
 * Ethernet II header.
 *
 *     0                 6                 12      14
 *     +-----------------+-----------------+-------+
 *     | Destination     | Source          | Type  |
 *     +-----------------+-----------------+-------+
 */

import { readU16, writeU16 } from "./bytes.js";

/** Byte offsets of the fields. */
const Offset = { destination: 0, source: 6, etherType: 12 } as const;

/** Bytes. */
export const ETHERNET_HEADER_LENGTH = 14;

/** EtherTypes, IEEE 802 numbers. */
export const EtherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

/** The header as it stands. */
export interface EthernetHeader {
  /** 6 bytes, a view. */
  readonly destination: Uint8Array;
  /** 6 bytes, a view. */
  readonly source: Uint8Array;
  readonly etherType: number;
}

/** Reads the header at the start of `frame`; undefined when it is cut off. */
export function parseEthernetHeader(frame: Uint8Array): EthernetHeader | undefined {
  if (frame.length < ETHERNET_HEADER_LENGTH) return undefined;
  return {
    destination: frame.subarray(Offset.destination, Offset.source),
    source: frame.subarray(Offset.source, Offset.etherType),
    etherType: readU16(frame, Offset.etherType),
  };
}

/** Writes the header at the start of `frame`; addresses are 6 bytes. */
export function writeEthernetHeader(
  frame: Uint8Array,
  destination: Uint8Array,
  source: Uint8Array,
  etherType: number,
): void {
  frame.set(destination, Offset.destination);
  frame.set(source, Offset.source);
  writeU16(frame, Offset.etherType, etherType);
}
