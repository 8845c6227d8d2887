/** BACKUP: RFC 9568 §6.4.2, with keepalived's `preempt_delay`. */

import { unreachable } from "../base/assert.js";
import { after, type Micros, micros } from "../base/time.js";
import type { TransitionCause } from "./cause.js";
import { settledFaults } from "./faults.js";
import { successionDelay } from "./handover.js";
import type { StateInput } from "./inputs.js";
import type { ReceivedAdvertisement } from "./receive.js";
import type { RouterContext } from "./router-context.js";
import type { BackupState, RouterState } from "./states.js";
import { PRIORITY_STOP } from "./timers.js";
import { enterFault, enterMaster, stop } from "./transitions.js";

/** The state after one input. */
export function whileBackup(
  context: RouterContext,
  state: BackupState,
  input: StateInput,
  now: Micros,
): RouterState {
  switch (input.kind) {
    case "AdvertisementReceived":
      return backupOnAdvertisement(context, state, input.advert, now);
    case "ShutdownRequested":
      return stop(context, state, input.cause, now);
    case "FaultsChanged": {
      const faults = settledFaults(input.faults);
      const [first] = faults;
      if (first === undefined) return state;
      return enterFault(context, state, faults, { kind: "fault", fault: first }, now);
    }
    case "PriorityChanged":
      return withOtherInterval(context, state, state.masterAdvertInterval);
    case "Reconfigured": {
      const { version, advertInterval } = input.config;
      return withOtherInterval(context, state, version === 2 ? advertInterval : state.masterAdvertInterval);
    }
    case "GroupMoved": {
      if (input.to === "BACKUP") return state;
      const cause = state.wantsMaster
        ? takeoverCause(context, state, now)
        : ({ kind: "syncGroup", group: input.group } as const);
      return enterMaster(context, state, cause, now);
    }
    case "WokeLate":
      return backupOnLateWaking(context, state, input.by, now);
    case "Started":
    case "SourceAddressChanged":
    case "AddressLost":
    case "RoutingLost":
    case "AdvertisementRequested":
      return state;
    default:
      return unreachable(input);
  }
}

/** "If the Active_Down_Timer fires": takes over, or asks the sync group to. */
export function backupTimeout(context: RouterContext, state: BackupState, now: Micros): RouterState {
  if (now < state.masterDownAt) return state;
  context.emit({ kind: "AdvertisementTimeout", instance: context.config.name });
  if (!context.inGroup) return enterMaster(context, state, takeoverCause(context, state, now), now);
  context.act({ kind: "WantMaster" });
  const interval = context.downInterval(context.config.advertInterval);
  return { ...state, wantsMaster: true, masterDownAt: after(now, interval), masterDownInterval: interval };
}

function takeoverCause(context: RouterContext, state: BackupState, now: Micros): TransitionCause {
  if (state.priorityZeroFrom !== undefined)
    return { kind: "priorityZeroReceived", from: state.priorityZeroFrom };
  const silentSince = state.heardAt ?? context.lastTransition?.at ?? now;
  return { kind: "masterDownExpired", silentFor: micros(now - silentSince) };
}

/** We slept through adverts that may have been sent: listen for one more interval, once, before seizing the addresses. */
function backupOnLateWaking(
  context: RouterContext,
  state: BackupState,
  by: Micros,
  now: Micros,
): BackupState {
  if (state.graceGiven || now < state.masterDownAt || by * 2 < state.masterAdvertInterval) return state;
  const wait = micros(state.masterAdvertInterval + context.skew(state.masterAdvertInterval));
  return { ...state, graceGiven: true, masterDownAt: after(now, wait), masterDownInterval: wait };
}

/** "If an ADVERTISEMENT is received". */
function backupOnAdvertisement(
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
function withOtherInterval(
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
