/** Reads the files that `auth_hmac` keys are kept in. */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { KeyFile } from "../config/world.js";

/** `hex:`, two digits for each of 64 bytes, and a few line ends: as much as keepalived reads. */
const MAX_BYTES = 138;

const S_IFMT = 0o170_000;
const S_IFREG = 0o100_000;
/** S_IRWXG | S_IRWXO */
const NOT_THE_OWNER = 0o077;

/** The file's contents. Never waits, as a FIFO in its place would have it, and never throws. */
export function readKeyFile(path: string): KeyFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    // Whatever keeps it from us, the complaint is the same.
    return { ok: false, reason: "cannot be opened" };
  }
  try {
    const { mode } = fstatSync(descriptor);
    if ((mode & S_IFMT) !== S_IFREG) return { ok: false, reason: "cannot be opened" };
    const bytes = new Uint8Array(MAX_BYTES + 1);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    if (length > MAX_BYTES) return { ok: false, reason: "is too large" };
    return { ok: true, bytes: bytes.slice(0, length), exposed: (mode & NOT_THE_OWNER) !== 0 };
  } catch {
    return { ok: false, reason: "cannot be opened" };
  } finally {
    closeSync(descriptor);
  }
}
