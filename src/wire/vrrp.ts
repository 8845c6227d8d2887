/**
 * The VRRP PDU.
 *
 * VRRPv2, RFC 3768 §5.1; keepalived always sends the 8 bytes of authentication data, zeros when they are not used:
 *
 *      0                   1                   2                   3
 *     |Version| Type  | Virtual Rtr ID|   Priority    | Count IP Addrs|
 *     |   Auth Type   |   Adver Int   |          Checksum             |
 *     |                         IP Address (1…n)                      |
 *     |                     Authentication Data (8)                   |
 *
 * VRRPv3, RFC 9568 §5.1:
 *
 *     |Version| Type  | Virtual Rtr ID|   Priority    |IPvX Addr Count|
 *     |(reserved)| Max Advertise Interval |       Checksum            |
 *     |                      IPvX Address(es)                         |
 */

import type { Family } from "../base/ip-address.js";
import { type Centiseconds, centiseconds } from "../base/time.js";
import { readU16, writeU16 } from "./bytes.js";
import { foldChecksum, sumWords } from "./checksum.js";
import { Ipv4Offset } from "./ipv4.js";
import { Ipv6Offset, ipv6PduChecksum } from "./ipv6.js";

/** IP protocol number of VRRP. */
export const PROTOCOL_VRRP = 112;

/** The only packet type, RFC 9568 §5.2.2. */
export const TYPE_ADVERTISEMENT = 1;

/** Bytes before the addresses. */
export const VRRP_HEADER_LENGTH = 8;

/** Bytes of authentication data at the end of a VRRPv2 PDU. */
export const VRRP_AUTH_LENGTH = 8;

/** VRRPv2 Auth Type, RFC 2338 §5.3.6. */
export const AuthType = { none: 0, pass: 1, ah: 2 } as const;

/** Byte offsets in the PDU. */
export const VrrpOffset = {
  versionType: 0,
  vrid: 1,
  priority: 2,
  count: 3,
  authType: 4,
  advertInterval: 5,
  maxAdvertInterval: 4,
  checksum: 6,
  addresses: 8,
} as const;

/** Max Advertise Interval has 12 bits. */
const INTERVAL_MASK = 0x0fff;

/** The header as it stands, not judged. */
export interface VrrpHeader {
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  /** Number of addresses that the PDU claims to carry. */
  readonly count: number;
  /** VRRPv2 only. */
  readonly authType: number;
  /** VRRPv2 only: Adver Int, s. */
  readonly advertIntervalSeconds: number;
  /** VRRPv3 only: Max Advertise Interval. */
  readonly maxAdvertInterval: Centiseconds;
}

/** Reads the 8 bytes at `offset`; the caller has checked that they are there. */
export function parseVrrpHeader(bytes: Uint8Array, offset: number): VrrpHeader {
  const versionType = bytes[offset] ?? 0;
  return {
    version: versionType >> 4,
    type: versionType & 0x0f,
    vrid: bytes[offset + VrrpOffset.vrid] ?? 0,
    priority: bytes[offset + VrrpOffset.priority] ?? 0,
    count: bytes[offset + VrrpOffset.count] ?? 0,
    authType: bytes[offset + VrrpOffset.authType] ?? 0,
    advertIntervalSeconds: bytes[offset + VrrpOffset.advertInterval] ?? 0,
    maxAdvertInterval: centiseconds(readU16(bytes, offset + VrrpOffset.maxAdvertInterval) & INTERVAL_MASK),
  };
}

/** Bytes that a PDU of this version, family and address count has. Authentication data exist only in VRRPv2, so for IPv4. */
export function vrrpLength(version: number, family: Family, count: number): number {
  if (family === 6) return VRRP_HEADER_LENGTH + count * 16;
  return VRRP_HEADER_LENGTH + count * 4 + (version === 2 ? VRRP_AUTH_LENGTH : 0);
}

/** Where a PDU lies, and the IP header in front of it. */
export interface PduLocation {
  /** The IP packet. */
  readonly bytes: Uint8Array;
  readonly family: Family;
  /** Start of the PDU in `bytes`. */
  readonly offset: number;
  /** Of the PDU; for the checksum of IPv6 with a trailer behind it, up to the end of that. */
  readonly length: number;
}

/**
 * The checksum over a PDU: VRRPv2 over the PDU alone (RFC 3768 §5.3.8); VRRPv3 with the pseudo-header of its family (RFC 9568
 * §5.2.8), or, with `v3_checksum_as_v2`, without it for IPv4. 0 when the PDU carries a right one.
 * @param destination 4 bytes that stand in the pseudo-header of VRRPv3 for IPv4 instead of the packet's own destination.
 */
export function vrrpChecksum(
  pdu: PduLocation,
  version: number,
  v3ChecksumAsV2: boolean,
  destination?: Uint8Array,
): number {
  const { bytes, family, offset, length } = pdu;
  if (family === 6) return ipv6PduChecksum(bytes, Ipv6Offset.source, PROTOCOL_VRRP, bytes, offset, length);
  let pseudo = 0;
  if (version === 3 && !v3ChecksumAsV2) {
    const source = sumWords(bytes, Ipv4Offset.source, 4, PROTOCOL_VRRP + length);
    pseudo = sumWords(
      destination ?? bytes,
      destination === undefined ? Ipv4Offset.destination : 0,
      4,
      source,
    );
  }
  return foldChecksum(sumWords(bytes, offset, length, pseudo));
}

/** What an advertisement says. */
export interface AdvertisementFields {
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly priority: number;
  /** The list as it stands in the packet: 4 or 16 bytes an address. */
  readonly addresses: Uint8Array;
  readonly count: number;
  /** VRRPv2 Auth Type. */
  readonly authType: number;
  /** VRRPv2, s. */
  readonly advertIntervalSeconds: number;
  /** VRRPv3. */
  readonly maxAdvertInterval: Centiseconds;
  /** VRRPv3: the four bits in front of it; absent: 0, as RFC 9568 §5.2.6 wants it. */
  readonly reserved?: number;
  /** VRRPv2: 8 bytes; absent: zeros. */
  readonly authData: Uint8Array | undefined;
}

/** Writes a PDU at `pdu.offset`, checksum included; the IP header must be there already, for the pseudo-header. */
export function writeAdvertisement(
  pdu: PduLocation,
  fields: AdvertisementFields,
  v3ChecksumAsV2: boolean,
  checksumDestination?: Uint8Array,
): void {
  const { bytes, offset } = pdu;
  bytes[offset] = (fields.version << 4) | TYPE_ADVERTISEMENT;
  bytes[offset + VrrpOffset.vrid] = fields.vrid;
  bytes[offset + VrrpOffset.priority] = fields.priority;
  bytes[offset + VrrpOffset.count] = fields.count;
  if (fields.version === 2) {
    bytes[offset + VrrpOffset.authType] = fields.authType;
    bytes[offset + VrrpOffset.advertInterval] = fields.advertIntervalSeconds;
  } else {
    const interval = fields.maxAdvertInterval & INTERVAL_MASK;
    writeU16(bytes, offset + VrrpOffset.maxAdvertInterval, ((fields.reserved ?? 0) << 12) | interval);
  }
  const end = offset + VrrpOffset.addresses + fields.addresses.length;
  bytes.set(fields.addresses, offset + VrrpOffset.addresses);
  if (fields.version === 2) {
    bytes.fill(0, end, end + VRRP_AUTH_LENGTH);
    if (fields.authData !== undefined) bytes.set(fields.authData.subarray(0, VRRP_AUTH_LENGTH), end);
  }
  writeChecksum(pdu, fields.version, v3ChecksumAsV2, checksumDestination);
}

/** Writes the checksum over `pdu`, whatever was there before; parameters as those of {@link vrrpChecksum}. */
export function writeChecksum(
  pdu: PduLocation,
  version: number,
  v3ChecksumAsV2: boolean,
  destination?: Uint8Array,
): void {
  const at = pdu.offset + VrrpOffset.checksum;
  writeU16(pdu.bytes, at, 0);
  writeU16(pdu.bytes, at, vrrpChecksum(pdu, version, v3ChecksumAsV2, destination));
}

/** True when every address of `ours` (4 or 16 bytes each) is among the `count` addresses at `offset`, in any order. */
export function carriesAddresses(
  bytes: Uint8Array,
  offset: number,
  count: number,
  ours: Uint8Array,
  size: 4 | 16,
): boolean {
  for (let own = 0; own < ours.length; own += size) {
    let found = false;
    for (let i = 0; i < count && !found; i++) {
      let same = true;
      for (let k = 0; k < size && same; k++) same = bytes[offset + i * size + k] === ours[own + k];
      found = same;
    }
    if (!found) return false;
  }
  return true;
}
