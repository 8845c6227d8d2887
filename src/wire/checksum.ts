/** The Internet checksum, RFC 1071: the one's complement of the one's complement sum of 16-bit words. */

/** Adds a range to a running sum; an odd last byte counts as the high half of a word. Start with 0. */
export function sumWords(bytes: Uint8Array, offset: number, length: number, sum: number): number {
  const even = length & ~1;
  for (let i = offset; i < offset + even; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  return even === length ? sum : sum + ((bytes[offset + even] ?? 0) << 8);
}

/** Folds a sum into the 16-bit checksum. Over data that includes a right checksum the result is 0. */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
