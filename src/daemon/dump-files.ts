/** How a dump is written: a temporary file beside the target, then rename(2). Its mode is what `umask` leaves, 0600 by default. */

import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";

/**
 * Replaces a file; readers see the old text or the new one, never half of it.
 * @throws the errors of open(2), write(2) and rename(2).
 */
export async function writeDump(target: string, text: string): Promise<void> {
  const temporary = `${target}.${randomUUID()}`;
  try {
    // "wx": a link that somebody put there is not followed.
    await writeFile(temporary, text, { flag: "wx", mode: 0o666 });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
