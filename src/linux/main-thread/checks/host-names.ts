/** Host names, looked up as the system does (nsswitch.conf(5)). */

import { spawnSync } from "node:child_process";

/** How long the name service may take, ms. */
const LOOKUP_LIMIT = 5_000;

/** True when a name or number has an address. Waits for the name service, so never in a running daemon. */
export function hostHasAddress(host: string): boolean {
  return spawnSync("getent", ["ahosts", "--", host], { timeout: LOOKUP_LIMIT }).status === 0;
}
