/**
 * IPv4 header, RFC 791 §3.1.
 *
 *      0                   1                   2                   3
 *     |Version|  IHL  |Type of Service|          Total Length         |
 *     |         Identification        |Flags|      Fragment Offset    |
 *     |  Time to Live |    Protocol   |         Header Checksum       |
 *     |                       Source Address                          |
 *     |                    Destination Address                        |
 */

import { readU16, writeU16 } from "./bytes.js";
import { foldChecksum, sumWords } from "./checksum.js";

/** Bytes, without options. */
export const IPV4_HEADER_LENGTH = 20;

/** Byte offsets of the fields. */
export const Ipv4Offset = {
  tos: 1,
  totalLength: 2,
  identification: 4,
  fragment: 6,
  ttl: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  destination: 16,
} as const;

/** Precedence Internetwork Control: what VRRP packets carry. */
export const TOS_INTERNETWORK_CONTROL = 0xc0;

/** The fields that vary between our packets. */
export interface Ipv4HeaderFields {
  /** Whole packet, bytes. */
  readonly totalLength: number;
  readonly identification: number;
  readonly ttl: number;
  readonly protocol: number;
  /** 4 bytes. */
  readonly source: Uint8Array;
  /** 4 bytes. */
  readonly destination: Uint8Array;
}

/** Header length in bytes when `packet` starts with a whole IPv4 header, else undefined. */
export function ipv4HeaderLength(packet: Uint8Array): number | undefined {
  const first = packet[0] ?? 0;
  const length = (first & 0x0f) * 4;
  return first >> 4 === 4 && length >= IPV4_HEADER_LENGTH && length <= packet.length ? length : undefined;
}

/** The header as it stands, not judged. */
export interface Ipv4Header {
  /** Bytes, options included: 20…60. */
  readonly headerLength: number;
  /** Whole packet as the header says, bytes. */
  readonly totalLength: number;
  readonly tos: number;
  readonly identification: number;
  /** Flags (3 bits) and Fragment Offset (13 bits). */
  readonly fragment: number;
  readonly ttl: number;
  readonly protocol: number;
  /** 4 bytes, a view. */
  readonly source: Uint8Array;
  /** 4 bytes, a view. */
  readonly destination: Uint8Array;
}

/** Reads the header at the start of `packet`; undefined when it is cut off or not of IPv4. The checksum is the kernel's task. */
export function parseIpv4Header(packet: Uint8Array): Ipv4Header | undefined {
  const headerLength = ipv4HeaderLength(packet);
  if (headerLength === undefined) return undefined;
  return {
    headerLength,
    totalLength: readU16(packet, Ipv4Offset.totalLength),
    tos: packet[Ipv4Offset.tos] ?? 0,
    identification: readU16(packet, Ipv4Offset.identification),
    fragment: readU16(packet, Ipv4Offset.fragment),
    ttl: packet[Ipv4Offset.ttl] ?? 0,
    protocol: packet[Ipv4Offset.protocol] ?? 0,
    source: packet.subarray(Ipv4Offset.source, Ipv4Offset.destination),
    destination: packet.subarray(Ipv4Offset.destination, IPV4_HEADER_LENGTH),
  };
}

/** Writes a header without options at the start of `packet`, checksum included. */
export function writeIpv4Header(packet: Uint8Array, fields: Ipv4HeaderFields): void {
  packet[0] = 0x45;
  packet[Ipv4Offset.tos] = TOS_INTERNETWORK_CONTROL;
  writeU16(packet, Ipv4Offset.totalLength, fields.totalLength);
  writeU16(packet, Ipv4Offset.identification, fields.identification);
  writeU16(packet, Ipv4Offset.fragment, 0);
  packet[Ipv4Offset.ttl] = fields.ttl;
  packet[Ipv4Offset.protocol] = fields.protocol;
  writeU16(packet, Ipv4Offset.checksum, 0);
  packet.set(fields.source, Ipv4Offset.source);
  packet.set(fields.destination, Ipv4Offset.destination);
  writeU16(packet, Ipv4Offset.checksum, foldChecksum(sumWords(packet, 0, IPV4_HEADER_LENGTH, 0)));
}
