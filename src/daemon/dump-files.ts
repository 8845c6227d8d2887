/** Where keepalived's dump files go, and how: a temporary file beside the target, then rename(2), mode 0600. */

import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

/** `$TMPDIR` where that is an absolute path, else `/tmp`. */
export function dumpDirectory(): string {
  const directory = process.env.TMPDIR;
  return directory !== undefined && isAbsolute(directory) ? directory : "/tmp";
}

/**
 * Replaces the file `name` in {@link dumpDirectory}; readers see the old text or the new one, never half of it.
 * @throws the errors of open(2), write(2) and rename(2).
 */
export async function writeDump(name: string, text: string): Promise<void> {
  const target = join(dumpDirectory(), name);
  const temporary = `${target}.${randomUUID()}`;
  try {
    // "wx": a link that somebody put there is not followed.
    await writeFile(temporary, text, { flag: "wx", mode: 0o600 });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
