/** The frame that makes neighbours send an address's traffic here. */

import { addressBytes, familyOf, type IpAddress } from "../base/ip-address.js";
import { writeGratuitousArp } from "../wire/arp.js";
import { writeUnsolicitedNa } from "../wire/ndp.js";

/** Gratuitous ARP for IPv4, unsolicited neighbour advertisement for IPv6. `mac` is 6 bytes, `isRouter` for IPv6 only. */
export function announcementFrame(address: IpAddress, mac: Uint8Array, isRouter = false): Uint8Array {
  const bytes = addressBytes(address);
  return familyOf(address) === 4 ? writeGratuitousArp(bytes, mac) : writeUnsolicitedNa(bytes, mac, isRouter);
}
