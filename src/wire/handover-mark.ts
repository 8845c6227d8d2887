/**
 * How an advert of priority 0 says that its sender holds the addresses until it hears a successor, so that nobody need wait for
 * them to be gone. The mark lies where every other implementation looks past: in the Identification of IPv4 (covered by the
 * checks of AH), and in the reserved bits of VRRPv3 over IPv6, "ignored on reception" (RFC 9568 §5.2.6).
 */

import { readU16 } from "./bytes.js";
import { Ipv4Offset } from "./ipv4.js";
import type { IpPacket } from "./packet.js";
import { VrrpOffset } from "./vrrp.js";

/** IPv4 Identification of a marked packet; no other packet of ours has it. "VG". */
export const HANDOVER_IDENTIFICATION = 0x5647;

/** The four bits in front of Max Advertise Interval in a marked packet. */
export const HANDOVER_RESERVED_BITS = 0xa;

/** True when the packet with a PDU at `pduOffset` is marked. */
export function isHandoverMarked({ bytes, family }: IpPacket, pduOffset: number): boolean {
  if (family === 4) return readU16(bytes, Ipv4Offset.identification) === HANDOVER_IDENTIFICATION;
  return (bytes[pduOffset + VrrpOffset.maxAdvertInterval] ?? 0) >> 4 === HANDOVER_RESERVED_BITS;
}
