/**
 * IPv6 header, RFC 8200 §3.
 *
 *     |Version| Traffic Class |           Flow Label                  |
 *     |         Payload Length        |  Next Header  |   Hop Limit   |
 *     |                       Source Address (16)                     |
 *     |                    Destination Address (16)                   |
 */

import { readU16, writeU16 } from "./bytes.js";
import { foldChecksum, sumWords } from "./checksum.js";

/** Bytes. */
export const IPV6_HEADER_LENGTH = 40;

/** Byte offsets of the fields. */
export const Ipv6Offset = {
  payloadLength: 4,
  nextHeader: 6,
  hopLimit: 7,
  source: 8,
  destination: 24,
} as const;

/** The fields that vary between our packets. */
export interface Ipv6HeaderFields {
  readonly trafficClass: number;
  /** Bytes behind the header. */
  readonly payloadLength: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
  /** 16 bytes. */
  readonly source: Uint8Array;
  /** 16 bytes. */
  readonly destination: Uint8Array;
}

/** True when `packet` starts with a whole IPv6 header. */
export function isIpv6Header(packet: Uint8Array): boolean {
  return packet.length >= IPV6_HEADER_LENGTH && (packet[0] ?? 0) >> 4 === 6;
}

/** The header as it stands, not judged. */
export interface Ipv6Header extends Ipv6HeaderFields {
  /** 20 bits. */
  readonly flowLabel: number;
}

/** Reads the header at the start of `packet`, its addresses as views; undefined when it is cut off or not of IPv6. */
export function parseIpv6Header(packet: Uint8Array): Ipv6Header | undefined {
  if (!isIpv6Header(packet)) return undefined;
  const first = readU16(packet, 0);
  return {
    trafficClass: (first >> 4) & 0xff,
    flowLabel: (first & 0x0f) * 0x10000 + readU16(packet, 2),
    payloadLength: readU16(packet, Ipv6Offset.payloadLength),
    nextHeader: packet[Ipv6Offset.nextHeader] ?? 0,
    hopLimit: packet[Ipv6Offset.hopLimit] ?? 0,
    source: packet.subarray(Ipv6Offset.source, Ipv6Offset.destination),
    destination: packet.subarray(Ipv6Offset.destination, IPV6_HEADER_LENGTH),
  };
}

/** Writes the header at `offset`, without a flow label: where one is wanted the kernel puts it in. */
export function writeIpv6Header(bytes: Uint8Array, offset: number, fields: Ipv6HeaderFields): void {
  writeU16(bytes, offset, 0x6000 | (fields.trafficClass << 4));
  writeU16(bytes, offset + 2, 0);
  writeU16(bytes, offset + Ipv6Offset.payloadLength, fields.payloadLength);
  bytes[offset + Ipv6Offset.nextHeader] = fields.nextHeader;
  bytes[offset + Ipv6Offset.hopLimit] = fields.hopLimit;
  bytes.set(fields.source, offset + Ipv6Offset.source);
  bytes.set(fields.destination, offset + Ipv6Offset.destination);
}

/**
 * Checksum of an upper-layer PDU with the pseudo-header of RFC 8200 §8.1. `addresses` are source and destination in one piece,
 * 32 bytes at `addressOffset`. 0 over a PDU that carries a right checksum.
 */
export function ipv6PduChecksum(
  addresses: Uint8Array,
  addressOffset: number,
  nextHeader: number,
  pdu: Uint8Array,
  offset: number,
  length: number,
): number {
  const pseudo = sumWords(addresses, addressOffset, 32, length + nextHeader);
  return foldChecksum(sumWords(pdu, offset, length, pseudo));
}
