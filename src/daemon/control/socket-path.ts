/** Where the control API listens. */

import { isAbsolute } from "node:path";

/** Names another path, or `off`. Read by the daemon and by the `vigil` command. */
export const SOCKET_VARIABLE = "VIGIL_CONTROL_SOCKET";

/**
 * `/run/vigil/control.sock`, or with keepalived's `instance` `/run/vigil/control_INSTANCE.sock`; undefined when switched off.
 * @throws {Error} when the environment names a path that is not absolute.
 */
export function controlSocketPath(
  instance: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const chosen = environment[SOCKET_VARIABLE];
  if (chosen === "off") return undefined;
  if (chosen === undefined || chosen === "")
    return `/run/vigil/control${instance === undefined ? "" : `_${instance}`}.sock`;
  if (!isAbsolute(chosen)) throw new Error(`${SOCKET_VARIABLE}=${chosen} is no absolute path`);
  return chosen;
}
