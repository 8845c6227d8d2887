/** The file system as the config layer's {@link FileSource}. Synchronous: configuration is read off the engine's thread. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type FileRead, type FileSource, matchesComponent } from "../config/file-source.js";

/** Most paths that one pattern may match. */
const MAX_MATCHES = 4_096;

/** Reads files and expands patterns on this machine. */
export class FilesOfThisMachine implements FileSource {
  /** Paths that could be read, in order. */
  readonly opened: string[] = [];

  read(path: string): FileRead {
    try {
      const { mode, size } = statSync(path);
      const regular = (mode & 0o170_000) === 0o100_000;
      if (!regular || (mode & 0o111) !== 0) {
        return { ok: false, missing: false, reason: "not a regular non-executable file" };
      }
      const bytes = size === 0 ? new Uint8Array() : new Uint8Array(readFileSync(path));
      this.opened.push(path);
      return { ok: true, bytes };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      return { ok: false, missing: code === "ENOENT" || code === "ENOTDIR", reason: describe(code) };
    }
  }

  glob(pattern: string, directory: string): readonly string[] {
    const absolute = pattern.startsWith("/");
    const parts = pattern.split("/").filter((part) => part !== "");
    let found = [absolute ? "/" : directory];
    for (const [i, part] of parts.entries()) {
      const last = i === parts.length - 1;
      found = found.flatMap((base) => entriesOf(base, part, last)).slice(0, MAX_MATCHES);
    }
    return found.sort();
  }
}

/** Paths under `base` that match one component of a pattern; directories only unless it is the last. */
function entriesOf(base: string, part: string, last: boolean): string[] {
  if (part === "." || part === "..") return [join(base, part)];
  try {
    return readdirSync(base, { withFileTypes: true })
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
