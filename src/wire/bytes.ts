/** Numbers in network byte order. Reading past the end gives zeros: lengths are checked before, by whoever knows them. */

/** 16 bits at `offset`. */
export function readU16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

/** 32 bits at `offset`, unsigned. */
export function readU32(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset) * 0x10000 + readU16(bytes, offset + 2);
}

/** Writes the low 16 bits of `value`. */
export function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = (value >> 8) & 0xff;
  bytes[offset + 1] = value & 0xff;
}

/** Writes the low 32 bits of `value`. */
export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  writeU16(bytes, offset, Math.floor(value / 0x10000));
  writeU16(bytes, offset + 2, value);
}

/**
 * Compares two ranges of equal length in a time that does not depend on where they differ. A range that reaches past its array
 * equals nothing.
 */
export function equalBytes(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  length: number,
): boolean {
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= (a[aOffset + i] ?? 0x100) ^ (b[bOffset + i] ?? 0x200);
  return difference === 0;
}
