/** Real-time scheduling for the engine's thread, so that a busy machine does not make it look dead. */

import { native } from "./native.js";

/** Lowest real-time priority: above every ordinary process, below whatever an operator made real-time on purpose. */
const PRIORITY = 1;

/**
 * Puts the calling thread under SCHED_RR.
 * @returns why not, when the system refuses; the engine runs all the same, only less punctual under load.
 */
export function runInRealTime(): string | undefined {
  try {
    native.setScheduler(native.constants.SCHED_RR, PRIORITY);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `NOTICE: no real-time priority for the VRRP thread (${code}): grant CAP_SYS_NICE or raise RLIMIT_RTPRIO; adverts may be late on a busy machine`;
  }
}
