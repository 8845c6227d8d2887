/**
 * A frame that prolongs a lease (base/lease.ts) where the advert itself may not leave: a unicast advert waits in the kernel for the
 * MAC address of a peer, which a peer that is switched off never tells. The packet filter takes the frame as it leaves, so that
 * it is never on the wire; it is addressed to its sender, should there be no such filter.
 *
 *     Ethernet header (14), EtherType 0x88b5
 *     |                   Magic 0x5667696c                            |
 *     | Family 4 or 6 |      VRID     |
 */

import type { Family } from "../base/ip-address.js";
import { BEAT_ETHER_TYPE, BEAT_MAGIC } from "../base/lease.js";
import { writeU16 } from "./bytes.js";
import { ETHERNET_HEADER_LENGTH, writeEthernetHeader } from "./ethernet.js";

const LENGTH = ETHERNET_HEADER_LENGTH + 6;

/** The whole frame. @param mac of the interface that it leaves through, 6 bytes. */
export function leaseBeat(mac: Uint8Array, family: Family, vrid: number): Uint8Array {
  const frame = new Uint8Array(LENGTH);
  writeEthernetHeader(frame, mac, mac, BEAT_ETHER_TYPE);
  writeU16(frame, ETHERNET_HEADER_LENGTH, BEAT_MAGIC >>> 16);
  writeU16(frame, ETHERNET_HEADER_LENGTH + 2, BEAT_MAGIC & 0xffff);
  frame[ETHERNET_HEADER_LENGTH + 4] = family;
  frame[ETHERNET_HEADER_LENGTH + 5] = vrid;
  return frame;
}
