/** Bytes as hexadecimal text, for literals in tests. */

/** The bytes of a text such as `45c0 0028`; blanks do not count. */
export function bytesOf(hex: string): Uint8Array {
  const digits = hex.replaceAll(/\s/g, "");
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`not bytes: ${hex}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
