/** Where the daemon keeps what must outlive it. */

import { isAbsolute, join } from "node:path";

/** Names another folder than `/var/lib/vigil`. */
const FOLDER_VARIABLE = "VIGIL_STATE_DIR";

/**
 * The folder of the drained instances; with keepalived's `instance` one of its own.
 * @throws {Error} when the environment names a path that is not absolute.
 */
export function drainFolder(
  instance: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  return stateOf("drained", instance, environment);
}

/**
 * The file that says what in the kernel is ours; with keepalived's `instance` one of its own.
 * @throws {Error} when the environment names a path that is not absolute.
 */
export function stateJournalPath(
  instance: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  return stateOf("kernel", instance, environment);
}

function stateOf(what: string, instance: string | undefined, environment: NodeJS.ProcessEnv): string {
  const chosen = environment[FOLDER_VARIABLE] || "/var/lib/vigil";
  if (!isAbsolute(chosen)) throw new Error(`${FOLDER_VARIABLE}=${chosen} is no absolute path`);
  return join(chosen, instance === undefined ? what : `${what}_${encodeURIComponent(instance)}`);
}
