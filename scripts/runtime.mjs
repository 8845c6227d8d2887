/** The Node.js that runs Vigil, its tests and its benchmarks, and that a package brings. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, runQuietly, SetupError } from "./process.mjs";

/**
 * Path of the Node.js of the lock file; that which runs this script where there is none for the machine. `VIGIL_NODE` names
 * another one, for a run of the tests with it.
 */
export function runtime() {
  const pinned = join(root, "node_modules", `node-linux-${process.arch}`, "bin", "node");
  return process.env.VIGIL_NODE ?? (existsSync(pinned) ? pinned : process.execPath);
}

/** Its version, such as v24.1.0. @throws {SetupError} when it does not run. */
export function runtimeVersion() {
  const { ok, output } = runQuietly(runtime(), ["--version"]);
  if (!ok) throw new SetupError(`${runtime()} does not run: ${output.trim()}`);
  return output.trim();
}

/** The folder above its `bin`, with its headers and licence. */
export function runtimeFolder() {
  return dirname(dirname(runtime()));
}
