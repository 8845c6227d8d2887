/** Running in a named network namespace (ip-netns(8)). */

import { closeSync, openSync } from "node:fs";
import { native } from "../../both/native.js";

/** Where ip-netns(8) keeps the names. */
const DIRECTORY = "/run/netns";

/** In the environment of the program that was started again: the namespace it is in. */
const MARK = "VIGIL_IN_NAMESPACE";

/**
 * Makes sure that the whole process is in the namespace, and returns only if it is. A thread can change its namespace, but not
 * those of the threads that Node.js has already started, which look up names and write files: so the program is started again
 * from a thread that is inside, under the same process id.
 * @param environment of the new program; the mark is removed from `process.env` again.
 * @param keep descriptors that stay open.
 * @param signals numbers of signals that have arrived and are served by the new program.
 * @throws {Error} in keepalived's words.
 */
export function enterNetworkNamespace(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  keep: readonly number[],
  signals: readonly number[],
): void {
  const inside = process.env[MARK] === name;
  delete process.env[MARK];
  if (inside) return;
  enter(name);
  const variables = Object.entries({ ...environment, [MARK]: name }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  );
  const argv = [process.argv0, ...process.execArgv, ...process.argv.slice(1)];
  native.replaceProcess(process.execPath, argv, variables, Int32Array.from(keep), Int32Array.from(signals));
}

function enter(name: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(`${DIRECTORY}/${name}`, "r");
  } catch (error) {
    throw new Error(`Failed to open ${DIRECTORY}/${name} (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    native.enterNamespace(descriptor, native.constants.CLONE_NEWNET);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`Failed to enter ${DIRECTORY}/${name} (${code}): CAP_SYS_ADMIN is needed for it`);
  } finally {
    closeSync(descriptor);
  }
}
