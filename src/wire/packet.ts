/** Whole VRRP packets: an IPv4 or IPv6 header, for AH its header, and the PDU. */

import {
  addressBytes,
  type Family,
  formatIpAddress,
  type IpAddress,
  isMulticast,
} from "../base/ip-address.js";
import { type Micros, microsToCentiseconds } from "../base/time.js";
import { AH_HEADER_LENGTH, PROTOCOL_AH, writeAhHeader } from "./ah.js";
import type { DropReason } from "./drop-reason.js";
import { HANDOVER_IDENTIFICATION, HANDOVER_RESERVED_BITS } from "./handover-mark.js";
import { HMAC_TRAILER_LENGTH, writeHmacTrailer } from "./hmac-trailer.js";
import { IPV4_HEADER_LENGTH, parseIpv4Header, TOS_INTERNETWORK_CONTROL, writeIpv4Header } from "./ipv4.js";
import { IPV6_HEADER_LENGTH, parseIpv6Header, writeIpv6Header } from "./ipv6.js";
import {
  AuthType,
  PROTOCOL_VRRP,
  VRRP_HEADER_LENGTH,
  VrrpOffset,
  vrrpLength,
  writeAdvertisement,
  writeChecksum,
} from "./vrrp.js";

/** A received IP packet, measured but not judged. */
export interface IpPacket {
  /** The packet from its IP header on; bytes behind `end` are Ethernet padding. */
  readonly bytes: Uint8Array;
  readonly family: Family;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit. */
  readonly hopLimit: number;
  readonly protocol: number;
  /** Start of what follows the IP header. */
  readonly payloadOffset: number;
  /** End of the packet by its IP header, at most `bytes.length`. */
  readonly end: number;
}

/** Measures an IP packet, or says why it is none. */
export function parseIpPacket(bytes: Uint8Array): IpPacket | DropReason {
  const ipv6 = parseIpv6Header(bytes);
  if (ipv6 !== undefined) {
    const end = IPV6_HEADER_LENGTH + ipv6.payloadLength;
    if (end > bytes.length) return "ipLength";
    return {
      bytes,
      family: 6,
      source: formatIpAddress(ipv6.source),
      destination: formatIpAddress(ipv6.destination),
      hopLimit: ipv6.hopLimit,
      protocol: ipv6.nextHeader,
      payloadOffset: IPV6_HEADER_LENGTH,
      end,
    };
  }
  const ipv4 = parseIpv4Header(bytes);
  if (ipv4 === undefined) return "ipHeader";
  const { totalLength: end, headerLength: payloadOffset } = ipv4;
  if (end > bytes.length || end < payloadOffset) return "ipLength";
  return {
    bytes,
    family: 4,
    source: formatIpAddress(ipv4.source),
    destination: formatIpAddress(ipv4.destination),
    hopLimit: ipv4.ttl,
    protocol: ipv4.protocol,
    payloadOffset,
    end,
  };
}

/** Where the VRRP PDU starts, behind an AH header if there is one; undefined when there is no room for a PDU. */
export function pduOffsetOf(packet: IpPacket): number | undefined {
  let offset = packet.payloadOffset;
  if (packet.protocol === PROTOCOL_AH) offset += AH_HEADER_LENGTH;
  else if (packet.protocol !== PROTOCOL_VRRP) return undefined;
  return offset + VRRP_HEADER_LENGTH <= packet.end ? offset : undefined;
}

/** The VRID, to find out whom the packet is for; undefined when there is no room for one. */
export function vridOf(packet: IpPacket): number | undefined {
  const offset = pduOffsetOf(packet);
  return offset === undefined ? undefined : packet.bytes[offset + VrrpOffset.vrid];
}

/** True for an advert of priority 0, whether it is otherwise right or not. */
export function isGoodbye(packet: IpPacket): boolean {
  const offset = pduOffsetOf(packet);
  return offset !== undefined && packet.bytes[offset + VrrpOffset.priority] === 0;
}

/** How a packet is authenticated. */
export type PacketAuthentication =
  | { readonly type: "none" }
  /** 8 bytes, sent in clear. */
  | { readonly type: "PASS"; readonly password: Uint8Array }
  /** IPv4 only. 8 bytes of key, and the sequence number of this packet. */
  | { readonly type: "AH"; readonly key: Uint8Array; readonly sequence: number }
  /** `auth_hmac`: 32 to 64 bytes of key, and the sequence of this advert, the same in its copies for several peers. */
  | { readonly type: "HMAC"; readonly key: Uint8Array; readonly keyId: number; readonly sequence: bigint };

/** Everything that makes up a packet. */
export interface VrrpPacketFields {
  readonly family: Family;
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly priority: number;
  readonly advertInterval: Micros;
  /** The address list as it stands in the packet: 4 or 16 bytes an address. */
  readonly addresses: Uint8Array;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit. */
  readonly ttl: number;
  /** IPv4 Identification. */
  readonly ipId: number;
  readonly auth: PacketAuthentication;
  readonly v3ChecksumAsV2: boolean;
  /** Stands in the checksum's pseudo-header of VRRPv3 for IPv4 instead of the destination, as in keepalived before 1.3.6. */
  readonly checksumDestination?: IpAddress | undefined;
  /** Marked, see handover-mark.ts. */
  readonly handover?: boolean;
}

/** Builds one packet, ready for the wire. */
export function writeVrrpPacket(fields: VrrpPacketFields): Uint8Array {
  const { family, version, auth } = fields;
  const count = fields.addresses.length / (family === 4 ? 4 : 16);
  const length = vrrpLength(version, family, count);
  const hasAh = auth.type === "AH";
  const ipLength = family === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  const offset = ipLength + (hasAh ? AH_HEADER_LENGTH : 0);
  const end = offset + length;
  const bytes = new Uint8Array(end + (auth.type === "HMAC" ? HMAC_TRAILER_LENGTH : 0));
  const source = addressBytes(fields.source);
  const destination = addressBytes(fields.destination);
  const protocol = hasAh ? PROTOCOL_AH : PROTOCOL_VRRP;
  if (family === 4) {
    const { ttl } = fields;
    const identification = fields.handover === true ? HANDOVER_IDENTIFICATION : fields.ipId;
    writeIpv4Header(bytes, { totalLength: bytes.length, identification, ttl, protocol, source, destination });
  } else {
    writeIpv6Header(bytes, 0, {
      trafficClass: TOS_INTERNETWORK_CONTROL,
      payloadLength: bytes.length - IPV6_HEADER_LENGTH,
      nextHeader: protocol,
      hopLimit: fields.ttl,
      source,
      destination,
    });
  }
  const pdu = { bytes, family, offset, length };
  const advertisement = {
    version,
    vrid: fields.vrid,
    priority: fields.priority,
    addresses: fields.addresses,
    count,
    authType: auth.type === "PASS" ? AuthType.pass : hasAh ? AuthType.ah : AuthType.none,
    advertIntervalSeconds: Math.trunc(fields.advertInterval / 1_000_000),
    maxAdvertInterval: microsToCentiseconds(fields.advertInterval),
    reserved: fields.handover === true && family === 6 ? HANDOVER_RESERVED_BITS : 0,
    authData: auth.type === "PASS" ? auth.password : undefined,
  };
  const { checksumDestination } = fields;
  const pseudoDestination = checksumDestination === undefined ? undefined : addressBytes(checksumDestination);
  writeAdvertisement(pdu, advertisement, fields.v3ChecksumAsV2, pseudoDestination);
  if (auth.type === "AH") {
    const unicast = !isMulticast(fields.destination);
    writeAhHeader({ bytes, offset: ipLength, end: bytes.length, unicast }, auth.key, auth.sequence);
  }
  if (auth.type === "HMAC") {
    writeHmacTrailer({ bytes, family, pdu: offset, trailer: end }, auth.key, auth.keyId, auth.sequence);
    if (family === 6) writeChecksum({ ...pdu, length: length + HMAC_TRAILER_LENGTH }, version, false);
  }
  return bytes;
}
