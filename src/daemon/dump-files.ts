/**
 * How a dump is written: a temporary file beside the target, then rename(2), then close(2). Its mode is what `umask` leaves, 0600
 * by default.
 */

import { randomUUID } from "node:crypto";
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Replaces a file at once. Readers see the old text or the new one, never half of it. The file is closed under its final name, so
 * that programs which wait for IN_CLOSE_WRITE of that name (inotify(7)) see it, as they do with keepalived.
 * @throws the errors of open(2), write(2) and rename(2).
 */
export function writeDump(target: string, text: string): void {
  const temporary = `${target}.${randomUUID()}`;
  // "wx": a file or link that somebody put there is not followed.
  const descriptor = openSync(temporary, "wx", 0o666);
  try {
    writeFileSync(descriptor, text);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
