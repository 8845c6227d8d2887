/** Entering the states: what is done on the way, in order. Each function ends the state `from` and returns the new one. */

import { type Micros, micros } from "../base/time.js";
import { renewedNow } from "./address-lifetime.js";
import { NO_ANSWERS } from "./answers.js";
import type { Fault, TransitionCause } from "./cause.js";
import type { RouterContext } from "./router-context.js";
import type { BackupState, FaultState, InitState, MasterState, RouterState, Wait } from "./states.js";

/** How a router becomes BACKUP. */
export interface BackupEntry {
  readonly cause: TransitionCause;
  readonly waitsFor: Wait;
  /** The interval of the MASTER whose advert made us BACKUP; absent: none was heard. */
  readonly followedInterval?: Micros;
}

/** Listens for a MASTER, not before the end of `vrrp_startup_delay`. */
export function enterBackup(
  context: RouterContext,
  from: RouterState,
  { cause, waitsFor, followedInterval }: BackupEntry,
  now: Micros,
): BackupState {
  changeState(context, from, "BACKUP", cause, now);
  const { unicastPeers } = context.config;
  if (cause.kind === "faultsCleared" && unicastPeers.length > 0 && context.source !== undefined)
    context.act({ kind: "AnnounceSource", source: context.source });
  return {
    name: "BACKUP",
    silentSince: micros(Math.max(now, context.notBefore)),
    waitsFor,
    followedInterval,
    heardAt: followedInterval === undefined ? undefined : now,
    preemptableSince: undefined,
    wantsMaster: false,
    priorityZeroFrom: undefined,
    graceGiven: false,
  };
}

/** RFC 9568 §6.4.2, "If the Active_Down_Timer fires": the advert first, so that an old MASTER lets go before we announce. */
export function enterMaster(
  context: RouterContext,
  from: RouterState,
  cause: TransitionCause,
  now: Micros,
): MasterState {
  const { garp, advertInterval } = context.config;
  if (cause.kind === "masterDownExpired") context.advertiser.overtakeAhSequence();
  context.send(context.priority);
  if (context.source !== undefined) context.master = { address: context.source, priority: context.priority };
  context.counters.becameMaster++;
  changeState(context, from, "MASTER", cause, now);
  context.prepareFarewell();
  context.act({ kind: "AddAddresses" });
  context.act({ kind: "Announce", copies: garp.masterRepeat });
  return {
    name: "MASTER",
    since: now,
    beatAt: now,
    toldInterval: advertInterval,
    advertSentAt: now,
    beforeAdvert: { advertSentAt: undefined, renewedAt: now },
    saidCannotSend: false,
    ...renewedNow(now),
    secondBurstOwed: true,
    refreshedAt: now,
    rivalHeardAt: undefined,
    lowerPriorityHeardAt: undefined,
    answers: NO_ANSWERS,
    handover: undefined,
  };
}

/** Stops serving. A MASTER has let go before. */
export function enterFault(
  context: RouterContext,
  from: RouterState,
  faults: readonly Fault[],
  cause: TransitionCause,
  now: Micros,
): FaultState {
  changeState(context, from, "FAULT", cause, now);
  return { name: "FAULT", faults, lastTryAt: now, probes: 0, probing: false };
}

/** RFC 9568 §6.4.2 and §6.4.3, "If a Shutdown event is received": for good. A MASTER has let go before. */
export function stop(
  context: RouterContext,
  from: RouterState,
  cause: TransitionCause,
  now: Micros,
): InitState {
  const { config, priority } = context;
  context.lastTransition = { cause, at: now };
  context.emit({ kind: "Stopped", instance: config.name, from: from.name, cause, priority });
  return { name: "INIT", faults: [], started: false };
}

function changeState(
  context: RouterContext,
  from: RouterState,
  to: RouterState["name"],
  cause: TransitionCause,
  now: Micros,
): void {
  const { config, priority } = context;
  context.lastTransition = { cause, at: now };
  context.forgetReports();
  context.emit({ kind: "StateChanged", instance: config.name, from: from.name, to, cause, priority });
}
