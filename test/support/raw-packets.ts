/** IP packets with as much VRRP in them as the system's side of Vigil looks at; written out, not made by the codec. */

import { addressBytes, ipAddress } from "../../src/base/ip-address.js";

/** What varies between the packets of a test. */
export interface RawPacket {
  readonly vrid: number;
  readonly source: string;
  readonly destination: string;
  /** Tells packets of the same VRID apart; 100 by default. */
  readonly priority?: number;
  /** 255 by default. */
  readonly hopLimit?: number;
}

/** IPv4 with 20 bytes of header, precedence Internetwork Control, protocol 112 and 12 bytes of VRRPv3; checksums are 0. */
export function ipv4Packet(packet: RawPacket): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set([0x45, 0xc0, 0, 32, 0, 0, 0, 0, packet.hopLimit ?? 255, 112, 0, 0], 0);
  bytes.set(addressBytes(ipAddress(packet.source)), 12);
  bytes.set(addressBytes(ipAddress(packet.destination)), 16);
  bytes.set([0x31, packet.vrid, packet.priority ?? 100, 1, 0, 100, 0, 0, 10, 77, 0, 200], 20);
  return bytes;
}

/** The same as protocol 51: 24 bytes of AH before the VRRP header. */
export function ahPacket(packet: RawPacket): Uint8Array {
  const plain = ipv4Packet(packet);
  const bytes = new Uint8Array(56);
  bytes.set(plain.subarray(0, 20), 0);
  bytes[3] = 56;
  bytes[9] = 51;
  bytes.set([112, 4, 0, 0], 20);
  bytes.set(plain.subarray(20), 44);
  return bytes;
}

/** IPv6 with traffic class 0xc0, next header 112 and 24 bytes of VRRPv3; the checksum is 0. */
export function ipv6Packet(packet: RawPacket): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x6c, 0, 0, 0, 0, 24, 112, packet.hopLimit ?? 255], 0);
  bytes.set(addressBytes(ipAddress(packet.source)), 8);
  bytes.set(addressBytes(ipAddress(packet.destination)), 24);
  bytes.set([0x31, packet.vrid, packet.priority ?? 100, 1, 0, 100, 0, 0], 40);
  bytes.set(addressBytes(ipAddress("fe80::77")), 48);
  return bytes;
}
