/** The timers of a router, for reports. */

import { after, type Micros } from "../base/time.js";
import type { RouterReport } from "../engine/snapshot.js";
import type { TimerName } from "../vrrp/timer-table.js";

/** When a timer of a router runs out; undefined: it does not run. */
export function timerOf({ timers }: RouterReport, name: TimerName): Micros | undefined {
  return timers.find((timer) => timer.name === name)?.dueAt;
}

/** When the `preempt_delay` of a BACKUP ends; it may be past. Undefined: none has begun. */
export function preemptDelayEnd({ state, instance }: RouterReport): Micros | undefined {
  if (state.name !== "BACKUP" || state.preemptableSince === undefined) return undefined;
  return after(state.preemptableSince, instance.preemptDelay);
}
