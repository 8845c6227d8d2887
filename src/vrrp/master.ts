/** What a MASTER does in the course of time and about adverts that it outranks: RFC 9568 §6.4.3 and keepalived's announcements. */

import { after, type Micros, micros, milliseconds } from "../base/time.js";
import type { VirtualRouterConfig } from "./config.js";
import type { ReceivedAdvertisement } from "./receive.js";
import type { RouterContext } from "./router-context.js";
import type { MasterState } from "./states.js";

/**
 * When a rival that heard our answer has surely let go. Its own announcements may still be on their way when we answer, and the
 * last one wins in the neighbours' caches: without another burst they would point to the rival until `garp_lower_prio_delay`.
 */
const RIVAL_GONE: Micros = milliseconds(250);

/** Serves every deadline up to `now`. */
export function masterTimeout(context: RouterContext, entered: MasterState, now: Micros): MasterState {
  const { garp } = context.config;
  let state = entered;
  if (now >= state.advertAt) state = advertise(context, state, now);
  if (state.announceAt !== undefined && now >= state.announceAt) {
    context.act({ kind: "Announce", copies: garp.masterRepeat });
    state = { ...state, announceAt: undefined };
  }
  if (state.rivalAnnounceAt !== undefined && now >= state.rivalAnnounceAt) {
    context.act({ kind: "Announce", copies: garp.lowerPrioRepeat });
    state = { ...state, rivalAnnounceAt: undefined };
  }
  if (state.lowerPrioAnnounceAt !== undefined && now >= state.lowerPrioAnnounceAt) {
    context.act({ kind: "Announce", copies: garp.lowerPrioRepeat });
    state = { ...state, lowerPrioAnnounceAt: undefined };
  }
  if (state.refreshAt !== undefined && now >= state.refreshAt) {
    context.act({ kind: "Announce", copies: garp.masterRefreshRepeat });
    state = { ...state, refreshAt: after(now, garp.masterRefresh) };
  }
  return state;
}

/** Sends an advert and sets the next one; keeps the beat unless it is already lost. */
export function advertise(context: RouterContext, state: MasterState, now: Micros): MasterState {
  const interval = context.config.advertInterval;
  context.send(context.priority);
  if (context.advertiser.farewellIsStale) context.prepareFarewell();
  const onBeat = after(state.advertAt, interval);
  const due = now >= state.advertAt && onBeat > now;
  return { ...state, advertSentAt: now, advertAt: due ? onBeat : after(now, interval) };
}

/** An advert that we outrank: answer it, and win back the neighbours' caches that its sender may have taken. */
export function masterOnLowerPriority(
  context: RouterContext,
  entered: MasterState,
  advert: ReceivedAdvertisement,
  now: Micros,
): MasterState {
  const { garp, lowerPrioNoAdvert, name: instance } = context.config;
  let state = entered;
  const answered = !lowerPrioNoAdvert;
  const { from, priority: theirs } = advert;
  context.emit({ kind: "LowerPriorityReceived", instance, from, theirs, ours: context.priority, answered });
  if (answered) state = advertise(context, state, now);
  if (garp.lowerPrioRepeat > 0) {
    context.act({ kind: "Announce", copies: garp.lowerPrioRepeat });
    state = { ...state, rivalAnnounceAt: after(now, RIVAL_GONE) };
    if (garp.lowerPrioDelay > 0) state = { ...state, lowerPrioAnnounceAt: after(now, garp.lowerPrioDelay) };
  }
  if (context.inGroup) context.act({ kind: "AnnounceGroup" });
  return state;
}

/** The state of a router that becomes MASTER now and has just sent its first advert. */
export function newMasterState({ advertInterval, garp }: VirtualRouterConfig, now: Micros): MasterState {
  const { masterDelay, masterRefresh } = garp;
  return {
    name: "MASTER",
    advertAt: after(now, advertInterval),
    advertSentAt: now,
    announceAt: masterDelay > 0 ? after(now, masterDelay) : undefined,
    refreshAt: masterRefresh > 0 ? after(now, micros(masterDelay + masterRefresh)) : undefined,
    lowerPrioAnnounceAt: undefined,
    rivalAnnounceAt: undefined,
    handover: undefined,
  };
}
