/**
 * Going into the background. Node.js cannot fork: the program starts a copy of itself in a session of its own and ends when the
 * copy has told, through a pipe, that it is ready.
 */

import { spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";

/** In the environment of the copy: the directory that relative paths of its command line belong to. */
const MARK = "VIGIL_DETACHED";

/** The copy's end of the pipe. */
export const READY_DESCRIPTOR = 3;

const READY = "ready";

/** Starts the copy with this environment; resolves to 0 when it is ready, else to its exit status. */
export function startDetachedCopy(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const copy = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    cwd: "/",
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    env: { ...environment, [MARK]: process.cwd() },
  });
  return new Promise((resolve, reject) => {
    copy.on("error", reject);
    copy.on("exit", (code) => resolve(code ?? 1));
    copy.stdio[READY_DESCRIPTOR]?.on("data", () => resolve(0));
  });
}

/** In a copy: the directory that it was started from. Undefined in the first program. Takes the mark from the environment. */
export function detachedFrom(): string | undefined {
  const directory = process.env[MARK];
  delete process.env[MARK];
  return directory;
}

/** Lets the first program end. */
export function tellReady(): void {
  try {
    writeSync(READY_DESCRIPTOR, READY);
    closeSync(READY_DESCRIPTOR);
  } catch {
    // Whoever started us did not wait for it.
  }
}
