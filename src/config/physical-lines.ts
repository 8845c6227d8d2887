/** Bytes of a configuration file to physical lines: UTF-8, byte order mark, carriage returns, NULs and the length limit. */

import { MAX_LINE_BYTES } from "./bounds.js";

/** How much is shown of a line that is too long, bytes. */
const SHOWN_BYTES = 60;

/** A physical line without its line end. */
export interface PhysicalLine {
  /** Of a line that must be ignored: its beginning. */
  readonly text: string;
  /** Why the line must be ignored; undefined for a good line. */
  readonly problem: "too-long" | "nul" | undefined;
}

/** The lines of a file, made one by one: millions of empty lines need no memory. */
export class PhysicalLines {
  /** The file began with a byte order mark, which is taken off. */
  readonly byteOrderMark: boolean;
  readonly #bytes: Uint8Array;
  #start: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    this.#start = this.byteOrderMark ? 3 : 0;
  }

  /** The next line, undefined at the end of the file. */
  next(): PhysicalLine | undefined {
    const bytes = this.#bytes;
    if (this.#start >= bytes.length) return undefined;
    let end = bytes.indexOf(0x0a, this.#start);
    if (end < 0) end = bytes.length;
    const line = physicalLine(bytes.subarray(this.#start, end));
    this.#start = end + 1;
    return line;
  }
}

function physicalLine(bytes: Uint8Array): PhysicalLine {
  if (bytes.length > MAX_LINE_BYTES)
    return { text: `${decodeUtf8(bytes.subarray(0, SHOWN_BYTES))}…`, problem: "too-long" };
  const nul = bytes.indexOf(0);
  if (nul >= 0) return { text: `${decodeUtf8(bytes.subarray(0, nul))}\u2400…`, problem: "nul" };
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
