/** The same chance of a processor for peers as Vigil's VRRP thread takes for itself. */

import { spawnSync } from "node:child_process";

const RR = ["chrt", "--rr", "1"];

/**
 * To be put before the command of keepalived's or FRR's daemon: under SCHED_RR, as Vigil's VRRP thread. Otherwise it would be
 * starved on a busy machine for longer than the short intervals of tests allow, and lose the addresses for no fault of anybody.
 * Empty where the system does not allow it.
 */
export const REAL_TIME: readonly string[] =
  spawnSync("chrt", [...RR.slice(1), "true"]).status === 0 ? RR : [];
