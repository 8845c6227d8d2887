/** How the kernel treats the engine's thread, so that a busy machine does not make it look dead. */

import { setPriority } from "node:os";
import type { EngineConfig } from "../../engine/platform.js";
import { native } from "../both/native.js";

/** Lowest real-time priority: above every ordinary process, below whatever an operator made real-time on purpose. */
const PRIORITY = 1;

const { constants } = native;

/**
 * Puts the calling thread under SCHED_RR, and carries out the scheduling keywords for it alone: scripts do not inherit them.
 * @returns why not, one line for each thing that the system refuses; the engine runs all the same, only less punctual under load.
 */
export function scheduleEngineThread(settings: EngineConfig["global"]["engineThread"]): string[] {
  const { name, niceness, realTimePriority, cpus } = settings;
  const refusals: string[] = [];
  const attempt = (what: string, change: () => void) => {
    try {
      change();
    } catch (error) {
      refusals.push(what.replace("%s", String((error as NodeJS.ErrnoException).code)));
    }
  };
  attempt(
    "NOTICE: no real-time priority for the VRRP thread (%s): grant CAP_SYS_NICE or raise RLIMIT_RTPRIO; adverts may be late on a busy machine",
    () => native.setScheduler(constants.SCHED_RR, realTimePriority ?? PRIORITY),
  );
  if (name !== undefined) attempt("NOTICE: vrrp_process_name: %s", () => native.setThreadName(name));
  if (niceness !== undefined)
    attempt("NOTICE: vrrp_priority: %s", () => setPriority(native.threadId(), niceness));
  if (cpus.length > 0)
    attempt("NOTICE: vrrp_cpu_affinity: %s: this machine has no such CPU, or none of them is ours", () =>
      native.setAffinity(Int32Array.from(cpus)),
    );
  return refusals;
}
