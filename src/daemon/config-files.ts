/** The file system as the config layer's {@link FileSource}. Synchronous: configuration is read off the engine's thread. */

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { MAX_FILE_BYTES, MAX_FILES } from "../config/bounds.js";
import {
  type FileRead,
  type FileSource,
  matchesComponent,
  openProblem,
  TOO_LARGE,
} from "../config/file-source.js";

/** Most directory entries that patterns may look at altogether. */
const MAX_ENTRIES = 1_000_000;

/** Bytes for a file whose size is not known beforehand, as in /proc. */
const FIRST_PIECE = 1 << 16;

/** Reads files and expands patterns on this machine. */
export class FilesOfThisMachine implements FileSource {
  /** Paths that could be read, in order. */
  readonly opened: string[] = [];
  #entries = 0;

  read(path: string): FileRead {
    try {
      // Before it is opened: that alone has an effect on some devices.
      const refused = refusal(statSync(path));
      if (refused !== undefined) return refused;
      const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const stats = fstatSync(descriptor);
        const replaced = refusal(stats);
        if (replaced !== undefined) return replaced;
        const bytes = readBounded(descriptor, stats.size);
        if (bytes === undefined) return { ok: false, kind: "large", problem: TOO_LARGE };
        this.opened.push(path);
        return { ok: true, bytes, identity: `${stats.dev}:${stats.ino}` };
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      const kind = code === "ENOENT" || code === "ENOTDIR" ? "missing" : "other";
      return { ok: false, kind, problem: openProblem(describe(code)) };
    }
  }

  exists(path: string): boolean {
    try {
      statSync(path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code !== "ENOENT" && code !== "ENOTDIR";
    }
  }

  glob(pattern: string, directory: string): readonly string[] | undefined {
    const absolute = pattern.startsWith("/");
    const parts = pattern.split("/").filter((part) => part !== "");
    let found = [absolute ? "/" : directory];
    for (const [i, part] of parts.entries()) {
      const last = i === parts.length - 1;
      const matched: string[] = [];
      for (const base of found) {
        matched.push(...this.#matching(base, part, last));
        if (this.#entries > MAX_ENTRIES || matched.length > MAX_FILES) return undefined;
      }
      found = matched;
    }
    return found.sort();
  }

  /** Paths under `base` that match one component of a pattern; directories only unless it is the last. */
  #matching(base: string, part: string, last: boolean): string[] {
    if (part === "." || part === "..") return [join(base, part)];
    try {
      const entries = readdirSync(base, { withFileTypes: true });
      this.#entries += entries.length;
      return entries
        .filter(
          (entry) =>
            matchesComponent(part, entry.name) && (last || entry.isDirectory() || entry.isSymbolicLink()),
        )
        .map((entry) => join(base, entry.name));
    } catch {
      // As glob(3): a directory that cannot be read matches nothing.
      return [];
    }
  }
}

/** What keepalived would not open. */
function refusal(stats: Stats): FileRead | undefined {
  if (stats.isDirectory()) return { ok: false, kind: "other", problem: "is a directory" };
  if (!stats.isFile() || (stats.mode & 0o111) !== 0)
    return { ok: false, kind: "other", problem: "is not a regular non-executable file" };
  return stats.size > MAX_FILE_BYTES ? { ok: false, kind: "large", problem: TOO_LARGE } : undefined;
}

/** All there is to read, undefined when it is too much; a file may grow meanwhile, or be endless and say that it is empty. */
function readBounded(descriptor: number, size: number): Uint8Array | undefined {
  let bytes = new Uint8Array(size === 0 ? FIRST_PIECE : size + 1);
  let length = 0;
  for (;;) {
    const read = readPiece(descriptor, bytes.subarray(length));
    length += read;
    if (length > MAX_FILE_BYTES) return undefined;
    if (read === 0) return bytes.subarray(0, length);
    if (length === bytes.length) {
      const larger = new Uint8Array(2 * bytes.length);
      larger.set(bytes);
      bytes = larger;
    }
  }
}

function readPiece(descriptor: number, bytes: Uint8Array): number {
  try {
    return readSync(descriptor, bytes);
  } catch (error) {
    // Where a reader would wait, as for the next line of a trace, what is there is all.
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}

function describe(code: string): string {
  switch (code) {
    case "ENOENT":
      return "No such file or directory";
    case "EACCES":
      return "Permission denied";
    case "ENOTDIR":
      return "Not a directory";
    case "ELOOP":
      return "Too many levels of symbolic links";
    default:
      return code;
  }
}
