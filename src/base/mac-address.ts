/** Ethernet addresses, as lower-case text `aa:bb:cc:dd:ee:ff`. */

import type { Family } from "./ip-address.js";

declare const macAddressBrand: unique symbol;

/** A 48-bit Ethernet address in canonical text form; made only by this file. */
export type MacAddress = string & { readonly [macAddressBrand]: true };

/** Parses six hexadecimal octets separated by colons; undefined if it is anything else. */
export function parseMacAddress(text: string): MacAddress | undefined {
  return /^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(text) ? (text.toLowerCase() as MacAddress) : undefined;
}

/**
 * Text of 6 bytes.
 * @throws {RangeError} for any other number of bytes.
 */
export function formatMacAddress(bytes: Uint8Array): MacAddress {
  if (bytes.length !== 6) throw new RangeError(`a MAC address has 6 bytes, not ${bytes.length}`);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":") as MacAddress;
}

/** The 6 bytes of the address, a fresh array. */
export function macBytes(mac: MacAddress): Uint8Array {
  return Uint8Array.from(mac.split(":"), (octet) => Number.parseInt(octet, 16));
}

/** The virtual router MAC address, RFC 9568 §7.3: 00-00-5E-00-01-{VRID} for IPv4, …-02-{VRID} for IPv6. */
export function virtualRouterMac(family: Family, vrid: number): MacAddress {
  const tail = [family === 4 ? 1 : 2, vrid & 0xff].map((byte) => byte.toString(16).padStart(2, "0"));
  return `00:00:5e:00:${tail.join(":")}` as MacAddress;
}
