/** Under which name ps(1), pgrep(1) and killall(1) know this process. */

import { writeFileSync } from "node:fs";

/**
 * Gives this process a name (/proc/PID/comm) in place of that of the interpreter; its first 15 bytes count. `process.title` would
 * change the command line too. Where that is not permitted it stays as it is: a name is nothing to fail for.
 */
export function setProcessName(name: string): void {
  try {
    writeFileSync("/proc/self/comm", name);
  } catch {
    // A system without /proc, or one that forbids it.
  }
}
