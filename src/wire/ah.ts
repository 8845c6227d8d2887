/**
 * IPsec AH (RFC 2402) as keepalived uses it in front of VRRPv2: HMAC-MD5-96, the key is `auth_pass`, the SPI the sender's address.
 *
 *      0                   1                   2                   3
 *     | Next Header   |  Payload Len  |          RESERVED             |
 *     |                Security Parameters Index (SPI)                |
 *     |                    Sequence Number Field                      |
 *     |            Integrity Check Value, 96 bits                     |
 */

import { hmac } from "@noble/hashes/hmac.js";
import { md5 } from "@noble/hashes/legacy.js";
import { equalBytes, readU32, writeU16, writeU32 } from "./bytes.js";
import { Ipv4Offset } from "./ipv4.js";
import { PROTOCOL_VRRP } from "./vrrp.js";

/** IP protocol number of AH. */
export const PROTOCOL_AH = 51;

/** Bytes of the header with its 96-bit check value. */
export const AH_HEADER_LENGTH = 24;

/** Length in 32-bit words minus 2, RFC 2402 §2.2. */
const PAYLOAD_LENGTH = AH_HEADER_LENGTH / 4 - 2;

/** Bytes of the check value kept from the 16 of HMAC-MD5, RFC 2403. */
const ICV_LENGTH = 12;

/** Byte offsets in the header. */
const AhOffset = {
  nextHeader: 0,
  payloadLength: 1,
  reserved: 2,
  spi: 4,
  sequence: 8,
  icv: 12,
} as const;

/** The header as it stands, not judged. */
export interface AhHeader {
  readonly nextHeader: number;
  readonly payloadLength: number;
  readonly spi: number;
  readonly sequence: number;
}

/** Reads the 24 bytes at `offset`; the caller has checked that they are there. */
export function parseAhHeader(bytes: Uint8Array, offset: number): AhHeader {
  return {
    nextHeader: bytes[offset + AhOffset.nextHeader] ?? 0,
    payloadLength: bytes[offset + AhOffset.payloadLength] ?? 0,
    spi: readU32(bytes, offset + AhOffset.spi),
    sequence: readU32(bytes, offset + AhOffset.sequence),
  };
}

/** True for the only shape that keepalived sends: VRRP next, a 96-bit check value. */
export function isVrrpAhHeader(header: AhHeader): boolean {
  return header.nextHeader === PROTOCOL_VRRP && header.payloadLength === PAYLOAD_LENGTH;
}

/** Where the pieces of an AH packet lie. */
export interface AhLocation {
  /** The IPv4 packet. */
  readonly bytes: Uint8Array;
  /** Start of the AH header = length of the IP header. */
  readonly offset: number;
  /** End of the VRRP PDU. */
  readonly end: number;
  /** keepalived counts the TTL as mutable only for unicast. */
  readonly unicast: boolean;
}

/** Writes the header at `location.offset` and its check value; IP header and PDU must be there already. */
export function writeAhHeader(location: AhLocation, key: Uint8Array, sequence: number): void {
  const { bytes, offset } = location;
  bytes[offset + AhOffset.nextHeader] = PROTOCOL_VRRP;
  bytes[offset + AhOffset.payloadLength] = PAYLOAD_LENGTH;
  writeU16(bytes, offset + AhOffset.reserved, 0);
  writeU32(bytes, offset + AhOffset.spi, readU32(bytes, Ipv4Offset.source));
  writeU32(bytes, offset + AhOffset.sequence, sequence);
  bytes.set(integrityCheckValue(location, key), offset + AhOffset.icv);
}

/** Verifies the check value, in constant time. `key` is 8 bytes. */
export function verifyAhIcv(location: AhLocation, key: Uint8Array): boolean {
  const expected = integrityCheckValue(location, key);
  return equalBytes(expected, 0, location.bytes, location.offset + AhOffset.icv, ICV_LENGTH);
}

/** HMAC-MD5-96 over IP header (mutable fields zeroed), AH header (check value zeroed) and PDU. */
function integrityCheckValue(location: AhLocation, key: Uint8Array): Uint8Array {
  const { bytes, offset, end, unicast } = location;
  const copy = bytes.slice(0, end);
  copy[Ipv4Offset.tos] = 0;
  writeU16(copy, Ipv4Offset.fragment, 0);
  writeU16(copy, Ipv4Offset.checksum, 0);
  if (unicast) copy[Ipv4Offset.ttl] = 0;
  copy.fill(0, offset + AhOffset.icv, offset + AH_HEADER_LENGTH);
  return hmac(md5, key, copy).subarray(0, ICV_LENGTH);
}
