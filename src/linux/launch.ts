/** Starts a script as keepalived does: no shell, a process group of its own, no terminal, a cleaned environment. */

import { type ChildProcess, spawn } from "node:child_process";
import type { Account } from "./accounts.js";

/** A command ready to run. */
export interface Launch {
  /** At least the program. */
  readonly argv: readonly string[];
  /** Absent: as we are. */
  readonly account: Account | undefined;
}

/** Variables that could change what a script does behind its back. */
const FORBIDDEN = new Set(["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"]);

/** Starts it; a failure comes as the child's `error` event. */
export function launch({ argv, account }: Launch): ChildProcess {
  const [program = "", ...args] = argv;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FORBIDDEN.has(name)));
  const as = account === undefined || account.uid === process.getuid?.() ? {} : account;
  return spawn(program, args, { detached: true, stdio: "ignore", env, ...as });
}

/** Signals the child's whole process group; one that is gone already is no error. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
