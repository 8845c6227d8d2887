/** Folders of ours for files of ours: keepalived's umask is for files, and would make folders that not even root without
 *  CAP_DAC_OVERRIDE may enter. */

import { mkdirSync } from "node:fs";

/**
 * Makes a folder, and those above it, mode 0755, unless it is there. Main thread only, which has the process's umask.
 * @throws {Error} of mkdir(2).
 */
export function makeFolder(path: string): void {
  // Within one synchronous call, so that the umask is another one for no time.
  const umask = process.umask(0o022);
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } finally {
    process.umask(umask);
  }
}
