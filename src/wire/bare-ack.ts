/**
 * A TCP segment that carries nothing but ACK, RFC 9293 §3.1, in a packet of its own. Numbers 0 are outside of the window of next to
 * every connection, and who gets a segment from there answers with an ACK of what it expects (§3.10.7.4).
 */

import { writeU16 } from "./bytes.js";
import { foldChecksum, sumWords } from "./checksum.js";
import { IPV4_HEADER_LENGTH, Ipv4Offset, writeIpv4Header } from "./ipv4.js";
import { IPV6_HEADER_LENGTH, Ipv6Offset, ipv6PduChecksum, writeIpv6Header } from "./ipv6.js";

const IPPROTO_TCP = 6;
const TTL = 64;

/** Bytes, without options. */
const SEGMENT_LENGTH = 20;
/** Data offset of five words, ACK. */
const OFFSET_AND_FLAGS = 0x5010;

const SegmentOffset = { source: 0, destination: 2, flags: 12, checksum: 16 } as const;

/** One end of a connection. */
export interface TcpEnd {
  /** 4 bytes, or 16. */
  readonly address: Uint8Array;
  readonly port: number;
}

/** The whole packet, with the header of IPv4 or of IPv6 as the addresses are, which are of one length. */
export function bareAck(source: TcpEnd, destination: TcpEnd): Uint8Array {
  const ipv4 = source.address.length === 4;
  const headerLength = ipv4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  const packet = new Uint8Array(headerLength + SEGMENT_LENGTH);
  writeU16(packet, headerLength + SegmentOffset.source, source.port);
  writeU16(packet, headerLength + SegmentOffset.destination, destination.port);
  writeU16(packet, headerLength + SegmentOffset.flags, OFFSET_AND_FLAGS);
  const addresses = { source: source.address, destination: destination.address };
  let checksum: number;
  if (ipv4) {
    const fields = { totalLength: packet.length, identification: 0, ttl: TTL, protocol: IPPROTO_TCP };
    writeIpv4Header(packet, { ...fields, ...addresses });
    const pseudo = sumWords(packet, Ipv4Offset.source, 8, SEGMENT_LENGTH + IPPROTO_TCP);
    checksum = foldChecksum(sumWords(packet, headerLength, SEGMENT_LENGTH, pseudo));
  } else {
    const fields = { trafficClass: 0, payloadLength: SEGMENT_LENGTH, nextHeader: IPPROTO_TCP, hopLimit: TTL };
    writeIpv6Header(packet, 0, { ...fields, ...addresses });
    checksum = ipv6PduChecksum(packet, Ipv6Offset.source, IPPROTO_TCP, packet, headerLength, SEGMENT_LENGTH);
  }
  writeU16(packet, headerLength + SegmentOffset.checksum, checksum);
  return packet;
}
