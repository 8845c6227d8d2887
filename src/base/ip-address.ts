/**
 * IPv4 and IPv6 addresses. An address is its canonical text (dotted quad; RFC 5952), so that `===`
 * compares, a `Map` can be keyed by it, and it survives JSON and a message to another thread.
 */

declare const ipAddressBrand: unique symbol;

/** An address in canonical text form; made only by this file. */
export type IpAddress = string & { readonly [ipAddressBrand]: true };

/** IP version. */
export type Family = 4 | 6;

/** An address with the length of its network prefix in bits. */
export interface Prefix {
  readonly address: IpAddress;
  /** 0…32 or 0…128. */
  readonly length: number;
}

/** The family of an address. */
export function familyOf(address: IpAddress): Family {
  return address.includes(":") ? 6 : 4;
}

/** The family's full prefix length: 32 or 128. */
export function hostPrefixLength(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** Parses a dotted quad (exactly four decimal numbers, as inet_pton(3)) or an IPv6 address; undefined if it is neither. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bytes = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  return bytes === undefined ? undefined : formatIpAddress(bytes);
}

/**
 * Text of an address for constants and tests.
 * @throws {RangeError} when `text` is no address.
 */
export function ipAddress(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new RangeError(`not an IP address: ${text}`);
  return address;
}

/**
 * Canonical text of 4 or 16 bytes in network order.
 * @throws {RangeError} for any other number of bytes.
 */
export function formatIpAddress(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` as IpAddress;
  if (bytes.length !== 16) throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
  return formatIpv6(bytes) as IpAddress;
}

/** The address in network order: 4 or 16 bytes, a fresh array. */
export function addressBytes(address: IpAddress): Uint8Array {
  const bytes = familyOf(address) === 6 ? parseIpv6(address) : parseIpv4(address);
  if (bytes === undefined) throw new RangeError(`not an IP address: ${address}`);
  return bytes;
}

/**
 * Order by value as unsigned integers in network order; IPv4 before IPv6. Negative, zero or positive.
 * Decides equal priorities (RFC 9568 §6.4.3).
 */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  const left = addressBytes(a);
  const right = addressBytes(b);
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** True for 224.0.0.0/4 and ff00::/8. */
export function isMulticast(address: IpAddress): boolean {
  const first = addressBytes(address)[0] ?? 0;
  return familyOf(address) === 4 ? first >> 4 === 0xe : first === 0xff;
}

/** True for fe80::/10. */
export function isLinkLocal(address: IpAddress): boolean {
  if (familyOf(address) === 4) return false;
  const bytes = addressBytes(address);
  return bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return undefined;
    const value = Number(part);
    if (value > 255) return undefined;
    bytes[i] = value;
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const used = head.length + tail.length;
  if (halves.length === 2 ? used > 14 : used !== 16) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of colon-separated groups; the last may be a dotted quad where `last` says these groups end the address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (group.includes(".")) {
      const quad = last && i === groups.length - 1 ? parseIpv4(group) : undefined;
      if (quad === undefined) return undefined;
      bytes.push(...quad);
      continue;
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes;
}

/** RFC 5952: lower case, no leading zeros, the longest (first) run of at least two zero groups as `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpAddress(bytes.subarray(12))}`;
  }
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) {
      start = i;
      length = run;
    }
    if (run > 0) i += run - 1;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** True when two addresses of one family have the first `prefixLength` bits in common; false for two families. */
export function isInSubnet(address: IpAddress, other: IpAddress, prefixLength: number): boolean {
  if (familyOf(address) !== familyOf(other)) return false;
  const [a, b] = [addressBytes(address), addressBytes(other)];
  for (let bit = 0; bit < prefixLength; bit += 8) {
    const mask = (0xff00 >> Math.min(8, prefixLength - bit)) & 0xff;
    if (((a[bit >> 3] ?? 0) & mask) !== ((b[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}
