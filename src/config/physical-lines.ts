/** Bytes of a configuration file to physical lines: UTF-8, byte order mark, carriage returns, NULs and the length limit. */

/** Longest line in bytes without its end, from keepalived's 1024-byte buffer. */
export const MAX_LINE_BYTES = 1022;

/** Largest configuration file accepted, in bytes. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** A physical line without its line end. */
export interface PhysicalLine {
  readonly text: string;
  /** Why the line must be ignored; undefined for a good line. */
  readonly problem: "too-long" | "nul" | undefined;
}

/** The lines of a file and whether it began with a byte order mark, which is taken off. */
export function splitPhysicalLines(bytes: Uint8Array): { lines: PhysicalLine[]; byteOrderMark: boolean } {
  const byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const lines: PhysicalLine[] = [];
  let start = byteOrderMark ? 3 : 0;
  while (start < bytes.length) {
    let end = bytes.indexOf(0x0a, start);
    if (end < 0) end = bytes.length;
    lines.push(physicalLine(bytes.subarray(start, end)));
    start = end + 1;
  }
  return { lines, byteOrderMark };
}

function physicalLine(bytes: Uint8Array): PhysicalLine {
  if (bytes.length > MAX_LINE_BYTES) return { text: "", problem: "too-long" };
  if (bytes.includes(0)) return { text: "", problem: "nul" };
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0x0d) end--;
  // A carriage return within a line separates words.
  return { text: decodeUtf8(bytes.subarray(0, end)).replaceAll("\r", " "), problem: undefined };
}

/** UTF-8 to text; a byte that is no part of a valid sequence becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = "";
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i] ?? 0;
    const length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : 4;
    let code = length === 1 ? lead : lead & (0xff >> (length + 1));
    let valid = lead < 0x80 || (lead >= 0xc2 && lead <= 0xf4);
    for (let n = 1; n < length && valid; n++) {
      const next = bytes[i + n] ?? 0;
      if ((next & 0xc0) !== 0x80) valid = false;
      code = (code << 6) | (next & 0x3f);
    }
    const tooSmall = (length === 3 && code < 0x800) || (length === 4 && code < 0x10000);
    if (!valid || tooSmall || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      text += "\ufffd";
      i++;
    } else {
      text += String.fromCodePoint(code);
      i += length;
    }
  }
  return text;
}
