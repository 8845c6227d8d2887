/** BACKUP: RFC 9568 §6.4.2, with keepalived's `preempt_delay`. */

import { unreachable } from "../base/assert.js";
import { after, type Micros, micros } from "../base/time.js";
import { believedInterval } from "./believed-interval.js";
import type { TransitionCause } from "./cause.js";
import { settledFaults } from "./faults.js";
import { successionDelay } from "./handover.js";
import type { StateInput } from "./inputs.js";
import type { ReceivedAdvertisement } from "./receive.js";
import type { RouterContext } from "./router-context.js";
import type { BackupState, RouterState } from "./states.js";
import type { TimerTable } from "./timer-table.js";
import { PRIORITY_OWNER, PRIORITY_STOP, skewTime } from "./timers.js";
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
    case "PriorityChanged":
    case "Reconfigured":
    // Of the goodbye that it said as MASTER.
    case "SendFailed":
      // Its timer follows by itself.
      return state;
    default:
      return unreachable(input);
  }
}

/** The one timer of a BACKUP: RFC 9568 Active_Down_Timer. */
export const BACKUP_TIMERS: TimerTable<BackupState> = [
  {
    name: "masterDown",
    meaning: "takes over, unless a MASTER is heard before",
    dueAt: masterDownAt,
    serve: takeOver,
  },
];

/** When it takes over. */
function masterDownAt(context: RouterContext, state: BackupState): Micros {
  return after(state.silentSince, waitOf(context, state));
}

/** The interval by which it waits: in v3 that of the MASTER, in v2, where they are equal, its own. */
export function followedIntervalOf(context: RouterContext, state: BackupState): Micros {
  const { version, advertInterval } = context.config;
  return version === 2 ? advertInterval : (state.followedInterval ?? advertInterval);
}

/** How long the silence must last, µs. */
export function waitOf(context: RouterContext, state: BackupState): Micros {
  const { version, advertInterval } = context.config;
  const interval = followedIntervalOf(context, state);
  switch (state.waitsFor) {
    case "masterDown":
      return context.downInterval(interval);
    case "skew":
      return context.skew(interval);
    case "succession":
      return successionDelay(context, context.skew(interval));
    case "oneInterval":
      return after(interval, context.skew(interval));
    case "eager":
      return after(
        advertInterval,
        skewTime({ version, priority: PRIORITY_OWNER, masterAdvertInterval: advertInterval }),
      );
    case "nothing":
      return NOTHING;
    default:
      return unreachable(state.waitsFor);
  }
}

/** keepalived's timer of an address owner, µs. */
const NOTHING: Micros = micros(1);

/** "If the Active_Down_Timer fires": takes over, or asks the sync group to. */
function takeOver(context: RouterContext, state: BackupState, now: Micros): RouterState {
  context.emit({ kind: "AdvertisementTimeout", instance: context.config.name });
  if (!context.inGroup) return enterMaster(context, state, takeoverCause(context, state, now), now);
  context.act({ kind: "WantMaster" });
  return {
    ...state,
    wantsMaster: true,
    silentSince: now,
    waitsFor: "masterDown",
    followedInterval: undefined,
  };
}

function takeoverCause(context: RouterContext, state: BackupState, now: Micros): TransitionCause {
  if (state.priorityZeroFrom !== undefined)
    return { kind: "priorityZeroReceived", from: state.priorityZeroFrom };
  const silentSince = state.heardAt ?? context.lastTransition?.at ?? now;
  return { kind: "masterDownExpired", silentFor: micros(now - silentSince) };
}

/** It slept through adverts that may have been sent: it listens for one more interval, once, before it takes the addresses. */
function backupOnLateWaking(
  context: RouterContext,
  state: BackupState,
  by: Micros,
  now: Micros,
): BackupState {
  const interval = followedIntervalOf(context, state);
  if (state.graceGiven || now < masterDownAt(context, state) || by * 2 < interval) return state;
  return { ...state, graceGiven: true, silentSince: now, waitsFor: "oneInterval" };
}

/** "If an ADVERTISEMENT is received". */
function backupOnAdvertisement(
  context: RouterContext,
  state: BackupState,
  advert: ReceivedAdvertisement,
  now: Micros,
): BackupState {
  const { name: instance, preempt, preemptDelay } = context.config;
  const { from, priority: theirs } = advert;
  if (context.master?.address !== from) {
    context.emit({ kind: "MasterChanged", instance, from: context.master?.address, to: from });
    context.forgetReports();
  }
  if (theirs === PRIORITY_STOP) {
    context.counters.priorityZeroReceived++;
    context.emit({ kind: "PriorityZeroReceived", instance, by: "BACKUP" });
    const waitsFor = advert.handover && !context.inGroup ? "succession" : "skew";
    return { ...state, silentSince: now, waitsFor, priorityZeroFrom: from };
  }
  context.master = { address: from, priority: theirs };
  const { preemptableSince } = state;
  const delaying =
    preemptDelay > 0 && (preemptableSince === undefined || now < after(preemptableSince, preemptDelay));
  if (preempt && theirs < context.priority && !delaying) {
    if (context.reportOnce("lower")) context.emit({ kind: "LowerPriorityDiscarded", instance, from, theirs });
    return state;
  }
  return {
    name: "BACKUP",
    silentSince: now,
    waitsFor: "masterDown",
    followedInterval: believedInterval(context, advert, now),
    heardAt: now,
    preemptableSince: preemptableSinceNow(context, state, theirs, now),
    wantsMaster: false,
    priorityZeroFrom: undefined,
    graceGiven: false,
  };
}

function preemptableSinceNow(
  context: RouterContext,
  state: BackupState,
  theirs: number,
  now: Micros,
): Micros | undefined {
  const { preemptDelay, name: instance } = context.config;
  if (preemptDelay === 0) return undefined;
  if (theirs >= context.priority) {
    if (state.preemptableSince !== undefined) context.emit({ kind: "PreemptDelayStopped", instance });
    return undefined;
  }
  if (state.preemptableSince !== undefined) return state.preemptableSince;
  context.emit({ kind: "PreemptDelayStarted", instance, length: preemptDelay });
  return now;
}
