/** Running other programs from the project's scripts, and ending with one clear line when something fails. */

import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Something the reader has to put right; shown as one line, without a stack. */
export class SetupError extends Error {
  name = "SetupError";
}

/** One line that says what is being done to the machine or the tree. */
export function announce(line) {
  console.error(`vigil: ${line}`);
}

/**
 * Runs a program in the project's folder without showing its output.
 * @returns `{ok, status, output}`; output is both streams, for messages.
 */
export function runQuietly(program, args, options = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  const output = result.error ? result.error.message : `${result.stdout}${result.stderr}`;
  return { ok: result.status === 0, status: result.status, output };
}

/**
 * Runs an installation step quietly.
 * @throws {SetupError} naming `what` and `advice`, after the program's own first and last lines, when the program fails.
 */
export function runStep(what, program, args, advice, options = {}) {
  announce(what);
  const result = runQuietly(program, args, options);
  if (result.ok) return;
  console.error(shorten(result.output));
  throw new SetupError(`${what}: failed; ${advice}`);
}

/**
 * Runs a program in the foreground with this process's own streams. SIGTERM is passed on; a terminal's SIGINT reaches
 * both, so we only wait for the program to end by it.
 * @returns a promise of its exit status, 128 + the signal's number when a signal ended it.
 */
export function runInForeground(program, args, options = {}) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd: root, stdio: "inherit", ...options });
    const passOn = () => child.kill("SIGTERM");
    const wait = () => {};
    process.on("SIGTERM", passOn);
    process.on("SIGINT", wait);
    child.on("error", failed);
    child.on("exit", (status, signal) => {
      process.off("SIGTERM", passOn);
      process.off("SIGINT", wait);
      done(status ?? 128 + constants.signals[signal]);
    });
  });
}

/** npm gives its reason first, a compiler's driver last. */
function shorten(output) {
  const lines = output.trimEnd().split("\n");
  return (lines.length <= 40 ? lines : [...lines.slice(0, 15), "…", ...lines.slice(-25)]).join("\n");
}
