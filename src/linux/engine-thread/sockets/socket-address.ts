/** The kernel's structures for addresses and group memberships, as the bytes that system calls take. */

import { addressBytes, familyOf, type IpAddress } from "../../../base/ip-address.js";
import { writeU16 } from "../../../wire/bytes.js";
import { native } from "../../both/native.js";

const { constants } = native;

/** `struct sockaddr_in` or `sockaddr_in6`; `interfaceIndex` scopes a link-local IPv6 address. */
export function socketAddress(address: IpAddress, interfaceIndex: number, port = 0): Uint8Array {
  const bytes = addressBytes(address);
  if (familyOf(address) === 4) {
    const result = new Uint8Array(16);
    new Uint16Array(result.buffer)[0] = constants.AF_INET;
    writeU16(result, 2, port);
    result.set(bytes, 4);
    return result;
  }
  const result = new Uint8Array(28);
  new Uint16Array(result.buffer)[0] = constants.AF_INET6;
  writeU16(result, 2, port);
  result.set(bytes, 8);
  new Uint32Array(result.buffer)[6] = interfaceIndex;
  return result;
}

/** `struct ip_mreqn`, ip(7): a group (or none, for IP_MULTICAST_IF) on an interface. */
export function ipv4Membership(group: IpAddress | undefined, interfaceIndex: number): Uint8Array {
  const result = new Uint8Array(12);
  if (group !== undefined) result.set(addressBytes(group), 0);
  new Int32Array(result.buffer)[2] = interfaceIndex;
  return result;
}

/** `struct ipv6_mreq`, ipv6(7). */
export function ipv6Membership(group: IpAddress, interfaceIndex: number): Uint8Array {
  const result = new Uint8Array(20);
  result.set(addressBytes(group), 0);
  new Uint32Array(result.buffer)[4] = interfaceIndex;
  return result;
}
