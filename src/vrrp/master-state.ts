/**
 * MASTER: RFC 9568 §6.4.3, with keepalived's repeated announcements. Its timers are in master-timers.ts, a MASTER that is leaving
 * is in handover.ts.
 */

import { unreachable } from "../base/assert.js";
import { compareAddresses } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import { renewedNow, restoreAddresses } from "./address-lifetime.js";
import { advertise, withdrawAdvert } from "./advertise.js";
import { answer, answersAtOnce, winBack } from "./answers.js";
import { believedInterval } from "./believed-interval.js";
import type { Fault, TransitionCause } from "./cause.js";
import { settledFaults } from "./faults.js";
import { beginHandover, mayHandOver, whileHandingOver } from "./handover.js";
import type { StateInput } from "./inputs.js";
import type { ReceivedAdvertisement } from "./receive.js";
import type { RouterContext } from "./router-context.js";
import type { MasterState, RouterState } from "./states.js";
import { PRIORITY_OWNER, PRIORITY_STOP, takeoverPossibleAfter } from "./timers.js";
import { enterBackup, enterFault, stop } from "./transitions.js";

/** The state after one input. */
export function whileMaster(
  context: RouterContext,
  state: MasterState,
  input: StateInput,
  now: Micros,
): RouterState {
  if (state.handover !== undefined) return whileHandingOver(context, state, state.handover, input, now);
  switch (input.kind) {
    case "AdvertisementReceived":
      return masterOnAdvertisement(context, state, input.advert, now);
    case "ShutdownRequested": {
      const { cause } = input;
      if (mayHandOver(context, cause))
        return beginHandover(context, state, { cause, faults: [], adverts: 1 }, now);
      context.releaseMaster(1);
      return stop(context, state, cause, now);
    }
    case "FaultsChanged":
      return masterOnFaults(context, state, settledFaults(input.faults), now);
    case "SourceAddressChanged":
      context.prepareFarewell();
      return state;
    case "Reconfigured": {
      // What peers and the kernel keep for it must fit the new settings. Its timers follow by themselves.
      context.prepareFarewell();
      context.act({ kind: "RenewAddresses" });
      return { ...state, ...renewedNow(now) };
    }
    case "AddressLost":
      return masterOnLoss(context, state, { kind: "addressLost", address: input.address }, now);
    case "RoutingLost":
      return masterOnLoss(context, state, input.cause, now);
    case "GroupMoved": {
      if (input.to === "MASTER") return state;
      context.releaseMaster(0);
      const cause: TransitionCause = { kind: "syncGroup", group: input.group };
      return enterBackup(context, state, { cause, waitsFor: "masterDown" }, now);
    }
    case "SendFailed":
      return context.sending.failed(input.ticket.advert, input.error, now)
        ? withdrawAdvert(context, state)
        : state;
    case "WokeLate":
      return masterOnLateWaking(context, state, input.by, now);
    case "Started":
    case "PriorityChanged":
      return state;
    default:
      return unreachable(input);
  }
}

/** "If an ADVERTISEMENT is received": of two MASTERs the better one stays, by priority, then by address. */
function masterOnAdvertisement(
  context: RouterContext,
  state: MasterState,
  advert: ReceivedAdvertisement,
  now: Micros,
): RouterState {
  const { config, priority: ours, source } = context;
  const instance = config.name;
  if (advert.priority === PRIORITY_STOP) {
    context.counters.priorityZeroReceived++;
    if (answersAtOnce(config, state, now))
      context.emit({ kind: "PriorityZeroReceived", instance, by: "MASTER" });
    return answer(context, state, now);
  }
  if (advert.priority === PRIORITY_OWNER && ours === PRIORITY_OWNER && context.reportOnce("owner"))
    context.emit({ kind: "AddressOwnerConflict", instance, from: advert.from });
  const byAddress = source === undefined ? 1 : compareAddresses(advert.from, source);
  const order = advert.priority - ours || byAddress;
  if (order < 0) return masterOnLowerPriority(context, state, advert, now);
  if (order > 0) return masterOnHigherPriority(context, state, advert, now);
  return state;
}

/** An advert that we outrank: answer it, and win back the neighbours' caches that its sender may have taken. */
function masterOnLowerPriority(
  context: RouterContext,
  entered: MasterState,
  advert: ReceivedAdvertisement,
  now: Micros,
): MasterState {
  const { garp, lowerPrioNoAdvert, name: instance } = context.config;
  const answered = !lowerPrioNoAdvert;
  const { from, priority: theirs } = advert;
  if (answersAtOnce(context.config, entered, now))
    context.emit({ kind: "LowerPriorityReceived", instance, from, theirs, ours: context.priority, answered });
  const state = winBack(context, answered ? answer(context, entered, now) : entered, now);
  return garp.lowerPrioRepeat > 0 ? { ...state, rivalHeardAt: now, lowerPriorityHeardAt: now } : state;
}

/** An advert that outranks us: let go, without an advert of priority 0, and follow its sender. */
function masterOnHigherPriority(
  context: RouterContext,
  entered: MasterState,
  advert: ReceivedAdvertisement,
  now: Micros,
): RouterState {
  const { name: instance, higherPrioSendAdvert } = context.config;
  const state = higherPrioSendAdvert ? advertise(context, entered, now) : entered;
  const { from, priority } = advert;
  const ours = context.priority;
  context.emit({ kind: "HigherPriorityReceived", instance, from, theirs: priority, ours });
  context.master = { address: from, priority };
  context.releaseMaster(0);
  const cause: TransitionCause = {
    kind: priority > ours ? "higherPriority" : "tieBreakLost",
    from,
    priority,
  };
  const followedInterval = believedInterval(context, advert, now);
  return enterBackup(context, state, { cause, waitsFor: "masterDown", followedInterval }, now);
}

function masterOnFaults(
  context: RouterContext,
  state: MasterState,
  faults: readonly Fault[],
  now: Micros,
): RouterState {
  const [first] = faults;
  if (first === undefined) return state;
  const cause: TransitionCause = { kind: "fault", fault: first };
  // keepalived says goodbye twice when it falls by itself, once when its group pulls it down.
  const adverts = first.kind === "syncGroup" ? 1 : 2;
  if (mayHandOver(context, cause)) return beginHandover(context, state, { cause, faults, adverts }, now);
  const canSayGoodbye = context.source !== undefined && first.kind !== "cannotSend";
  context.releaseMaster(canSayGoodbye ? adverts : 0);
  return enterFault(context, state, faults, cause, now);
}

/** keepalived: what is deleted under a MASTER makes it step down and return after the skew time. */
function masterOnLoss(
  context: RouterContext,
  state: MasterState,
  cause: TransitionCause,
  now: Micros,
): RouterState {
  context.releaseMaster(1);
  return enterBackup(context, state, { cause, waitsFor: "skew" }, now);
}

/**
 * Another router may hold the addresses by now: leave without an advert of priority 0, which would unseat it, and listen. Before
 * that time only the kernel may have taken them.
 */
function masterOnLateWaking(
  context: RouterContext,
  state: MasterState,
  by: Micros,
  now: Micros,
): RouterState {
  // Adverts that it tried to send and could not are another matter, see master-timers.ts.
  const isSafe = now - state.beatAt < takeoverPossibleAfter(context.config);
  if (isSafe || context.priority === PRIORITY_OWNER) return restoreAddresses(context, state, now);
  context.releaseMaster(0);
  return enterBackup(context, state, { cause: { kind: "wokeLate", by }, waitsFor: "oneInterval" }, now);
}
