/**
 * The trailer of keepalived 2.4's `auth_hmac` (draft-cassen-vrrp-auth-hmac), 28 bytes behind the VRRP PDU. IPv4's VRRP checksum
 * does not cover it; IPv6's does, as the kernel makes it over all that follows the IP header.
 *
 *      0                   1                   2                   3
 *     |     Type      |    Key ID     |          reserved             |
 *     |                 Seconds since 1970-01-01 UTC                  |
 *     |      1/65536 seconds          |           Counter             |
 *     |              HMAC-SHA256, its first 128 bits (16)             |
 */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Family } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import { equalBytes, readU16, readU32, writeU16, writeU32 } from "./bytes.js";
import { Ipv4Offset } from "./ipv4.js";
import { Ipv6Offset } from "./ipv6.js";
import { VrrpOffset } from "./vrrp.js";

/** Bytes of the trailer. */
export const HMAC_TRAILER_LENGTH = 28;

/** The only scheme: HMAC-SHA256-128. */
export const HMAC_TYPE_SHA256 = 1;

/** Bytes of the digest that are sent. */
const DIGEST_LENGTH = 16;

/** Byte offsets in the trailer. */
const HmacOffset = {
  type: 0,
  keyId: 1,
  reserved: 2,
  seconds: 4,
  subseconds: 8,
  counter: 10,
  digest: 12,
} as const;

/** Bytes of what stands for the IP header under the digest: family, version, VRID, 0, address. */
const PSEUDO_HEADER_LENGTH = 20;

/** The trailer as it stands, not judged. */
export interface HmacTrailer {
  readonly type: number;
  readonly keyId: number;
  readonly reserved: number;
  /** Seconds, fraction and counter as one 64-bit number: grows with every advert of a sender. */
  readonly sequence: bigint;
}

/** Where the pieces of a packet with a trailer lie. */
export interface HmacLocation {
  /** The IP packet. */
  readonly bytes: Uint8Array;
  readonly family: Family;
  /** Start of the PDU. */
  readonly pdu: number;
  /** End of the PDU: start of the trailer. */
  readonly trailer: number;
}

/** Reads the 28 bytes at `offset`; the caller has checked that they are there. */
export function parseHmacTrailer(bytes: Uint8Array, offset: number): HmacTrailer {
  const seconds = BigInt(readU32(bytes, offset + HmacOffset.seconds));
  const fraction = BigInt(readU32(bytes, offset + HmacOffset.subseconds));
  return {
    type: bytes[offset + HmacOffset.type] ?? 0,
    keyId: bytes[offset + HmacOffset.keyId] ?? 0,
    reserved: readU16(bytes, offset + HmacOffset.reserved),
    sequence: (seconds << 32n) | fraction,
  };
}

/** Writes the trailer; IP addresses and PDU must be there already. `key` is 32 to 64 bytes. */
export function writeHmacTrailer(
  location: HmacLocation,
  key: Uint8Array,
  keyId: number,
  sequence: bigint,
): void {
  const { bytes, trailer } = location;
  bytes[trailer + HmacOffset.type] = HMAC_TYPE_SHA256;
  bytes[trailer + HmacOffset.keyId] = keyId;
  writeU16(bytes, trailer + HmacOffset.reserved, 0);
  writeU32(bytes, trailer + HmacOffset.seconds, Number((sequence >> 32n) & 0xffff_ffffn));
  writeU32(bytes, trailer + HmacOffset.subseconds, Number(sequence & 0xffff_ffffn));
  bytes.set(digestOf(location, key), trailer + HmacOffset.digest);
}

/** Verifies the digest, in constant time. */
export function verifyHmacTrailer(location: HmacLocation, key: Uint8Array): boolean {
  const at = location.trailer + HmacOffset.digest;
  return equalBytes(digestOf(location, key), 0, location.bytes, at, DIGEST_LENGTH);
}

/** The sequence that an instant of UTC (µs since 1970) stands for, its counter 0; it wraps after 2^32 seconds. */
export function sequenceAt(wall: Micros): bigint {
  const whole = Math.floor(wall / 1_000_000);
  const fraction = Math.floor(((wall - whole * 1_000_000) * 65_536) / 1_000_000);
  return (BigInt.asUintN(32, BigInt(whole)) << 32n) | (BigInt(fraction) << 16n);
}

/** True when `a` is later than `b` in serial number arithmetic (RFC 1982), so that the wrap of a clock does no harm. */
export function isLaterSequence(a: bigint, b: bigint): boolean {
  return BigInt.asIntN(64, a - b) > 0n;
}

/** `a − b` in whole seconds, over a wrap of the clock too. */
export function secondsBetween(a: bigint, b: bigint): number {
  return Number(BigInt.asIntN(32, (a >> 32n) - (b >> 32n)));
}

/** Over a pseudo-header, the PDU with a checksum of 0, the trailer up to the digest, and a digest of 0. */
function digestOf({ bytes, family, pdu, trailer }: HmacLocation, key: Uint8Array): Uint8Array {
  const signed = bytes.subarray(pdu, trailer + HmacOffset.digest);
  const message = new Uint8Array(PSEUDO_HEADER_LENGTH + signed.length + DIGEST_LENGTH);
  const source = family === 4 ? Ipv4Offset.source : Ipv6Offset.source;
  message[0] = family;
  message[1] = (bytes[pdu + VrrpOffset.versionType] ?? 0) >> 4;
  message[2] = bytes[pdu + VrrpOffset.vrid] ?? 0;
  message.set(bytes.subarray(source, source + (family === 4 ? 4 : 16)), 4);
  message.set(signed, PSEUDO_HEADER_LENGTH);
  writeU16(message, PSEUDO_HEADER_LENGTH + VrrpOffset.checksum, 0);
  return hmac(sha256, key, message).subarray(0, DIGEST_LENGTH);
}
