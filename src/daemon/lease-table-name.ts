/** The name of the table of leases: another one for each daemon of a network namespace, and the same for its next start. */

import { createHash } from "node:crypto";

/** The pid file of a daemon that is the only one. */
const DEFAULT_PID_FILE = "/run/vrrp.pid";

const NAME = "vigil_lease";

/** Hexadecimal digits that tell other daemons apart. */
const DIGITS = 8;

/** @param pidFile path of the VRRP process's pid file, which no two running daemons share. */
export function leaseTableName(pidFile: string): string {
  if (pidFile === DEFAULT_PID_FILE) return NAME;
  return `${NAME}_${createHash("sha256").update(pidFile).digest("hex").slice(0, DIGITS)}`;
}
