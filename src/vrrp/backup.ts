/** What a BACKUP makes of an advertisement: RFC 9568 §6.4.2, with keepalived's preempt_delay. */

import { after, type Micros, micros } from "../base/time.js";
import { successionDelay } from "./handover.js";
import type { ReceivedAdvertisement } from "./receive.js";
import type { RouterContext } from "./router-context.js";
import type { BackupState } from "./states.js";
import { PRIORITY_STOP } from "./timers.js";

/** The state after an advertisement that passed the receive ladder. */
export function backupOnAdvertisement(
  context: RouterContext,
  state: BackupState,
  advert: ReceivedAdvertisement,
  now: Micros,
): BackupState {
  const { name: instance, preempt, preemptDelay, version, advertInterval } = context.config;
  const { from, priority: theirs } = advert;
  if (context.master?.address !== from) {
    context.emit({ kind: "MasterChanged", instance, from: context.master?.address, to: from });
    context.forgetReports();
  }
  if (theirs === PRIORITY_STOP) {
    context.counters.priorityZeroReceived++;
    context.emit({ kind: "PriorityZeroReceived", instance, by: "BACKUP" });
    const skew = context.skew(state.masterAdvertInterval);
    const wait = advert.handover && !context.inGroup ? successionDelay(context, skew) : skew;
    return { ...state, masterDownAt: after(now, wait), masterDownInterval: wait, priorityZeroFrom: from };
  }
  context.master = { address: from, priority: theirs };
  const delaying = preemptDelay > 0 && (state.preemptAt === undefined || now < state.preemptAt);
  if (preempt && theirs < context.priority && !delaying) {
    if (context.reportOnce("lower")) context.emit({ kind: "LowerPriorityDiscarded", instance, from, theirs });
    return state;
  }
  const masterAdvertInterval = version === 3 ? advert.advertInterval : advertInterval;
  const interval = context.downInterval(masterAdvertInterval);
  return {
    name: "BACKUP",
    masterDownAt: after(now, interval),
    masterDownInterval: interval,
    masterAdvertInterval,
    heardAt: now,
    preemptAt: nextPreemptAt(context, state, theirs, now),
    wantsMaster: false,
    priorityZeroFrom: undefined,
    graceGiven: false,
  };
}

/** The running timer at another priority or interval: it moves by the difference of the whole lengths. */
export function withOtherInterval(
  context: RouterContext,
  state: BackupState,
  masterAdvertInterval: Micros,
): BackupState {
  const interval = context.downInterval(masterAdvertInterval);
  return {
    ...state,
    masterAdvertInterval,
    masterDownAt: after(state.masterDownAt, micros(interval - state.masterDownInterval)),
    masterDownInterval: interval,
  };
}

function nextPreemptAt(
  context: RouterContext,
  state: BackupState,
  theirs: number,
  now: Micros,
): Micros | undefined {
  const { preemptDelay, name: instance } = context.config;
  if (preemptDelay === 0) return undefined;
  if (theirs >= context.priority) {
    if (state.preemptAt !== undefined) context.emit({ kind: "PreemptDelayStopped", instance });
    return undefined;
  }
  if (state.preemptAt !== undefined) return state.preemptAt;
  context.emit({ kind: "PreemptDelayStarted", instance, length: preemptDelay });
  return after(now, preemptDelay);
}
