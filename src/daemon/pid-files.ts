/** Pid files, as keepalived writes them: the number and a newline, mode 0644. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** Files that name this process. keepalived has a parent and children; Vigil is all of them. */
export class PidFiles {
  readonly #paths: readonly string[];

  /** `paths`: parent and child pid files; all get the same number, so that signals to any of them reach us. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** The pid of a living process that one of the files names, other than ourselves; stale files are no obstacle. */
  running(): number | undefined {
    for (const path of this.#paths) {
      const pid = readPid(path);
      if (pid !== undefined && pid !== process.pid && isAlive(pid)) return pid;
    }
    return undefined;
  }

  /**
   * Writes all files.
   * @throws the errors of open(2), with `path`.
   */
  write(): void {
    for (const path of this.#paths) writeFileSync(path, `${process.pid}\n`, { mode: 0o644 });
  }

  /** Removes those that still name us. */
  remove(): void {
    for (const path of this.#paths) {
      if (readPid(path) === process.pid) rmSync(path, { force: true });
    }
  }
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "latin1"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** True for a process that runs; one that is dead and only not yet waited for does not. */
function isAlive(pid: number): boolean {
  try {
    const state = /^\d+ \(.*\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];
    return state !== undefined && state !== "Z" && state !== "X";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return false;
    throw error;
  }
}
