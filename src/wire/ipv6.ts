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
import { TOS_INTERNETWORK_CONTROL } from "./ipv4.js";

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

/** Payload Length field, bytes. */
export function ipv6PayloadLength(packet: Uint8Array): number {
  return readU16(packet, Ipv6Offset.payloadLength);
}

/** Writes the header at `offset`, with the traffic class of VRRP and no flow label. */
export function writeIpv6Header(bytes: Uint8Array, offset: number, fields: Ipv6HeaderFields): void {
  bytes[offset] = 0x60 | (TOS_INTERNETWORK_CONTROL >> 4);
  bytes[offset + 1] = (TOS_INTERNETWORK_CONTROL << 4) & 0xff;
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
