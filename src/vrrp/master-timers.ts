/** What a MASTER does again and again: adverts, lifetimes, bursts of announcements. Each is one row of a table. */

import { after, type Micros, milliseconds } from "../base/time.js";
import { addressLifetime, renewedNow } from "./address-lifetime.js";
import { advertDueAt, advertise } from "./advertise.js";
import { answerDueAt, sendAnswer } from "./answers.js";
import type { RouterContext } from "./router-context.js";
import type { MasterState } from "./states.js";
import type { TimerTable } from "./timer-table.js";
import { PRIORITY_OWNER, takeoverPossibleAfter } from "./timers.js";

/**
 * How long after our answer a rival has let go. Its own announcements may still be on their way when we answer, and the last
 * one wins in the neighbours' caches: without another burst they point to the rival until `garp_lower_prio_delay`.
 */
const RIVAL_GONE: Micros = milliseconds(250);

/** The timers of a MASTER that is not leaving. */
export const MASTER_TIMERS: TimerTable<MasterState> = [
  {
    name: "advert",
    meaning: "sends the next advert",
    dueAt: (context, state) => advertDueAt(context.config, state),
    serve: advertise,
  },
  {
    name: "cannotSend",
    meaning: "lets go, as no advert has left for so long that a peer may have taken over",
    dueAt: mustLetGoAt,
    serve: (context, state, now) => {
      context.sending.letGo(now);
      context.act({ kind: "CannotSend", error: context.sending.failure?.error ?? "" });
      return { ...state, saidCannotSend: true };
    },
  },
  {
    name: "answer",
    meaning: "answers the adverts of lower priority or priority 0 that came since the last answer",
    dueAt: ({ config }, state) => answerDueAt(config, state),
    serve: sendAnswer,
  },
  {
    // After the advert: a MASTER that does not send must not renew.
    name: "renewal",
    meaning: "renews the lifetime of the addresses between two adverts",
    dueAt: ({ config }, state) => {
      const lifetime = addressLifetime(config);
      if (lifetime === undefined || lifetime.renewal >= config.advertInterval) return undefined;
      return after(state.renewedAt, lifetime.renewal);
    },
    serve: (context, state, now) => {
      context.act({ kind: "RenewAddresses" });
      return { ...state, ...renewedNow(now) };
    },
  },
  {
    name: "secondBurst",
    meaning: "announces the addresses once more after the take-over (garp_master_delay)",
    dueAt: ({ config: { garp } }, state) =>
      state.secondBurstOwed && garp.masterDelay > 0 ? after(state.since, garp.masterDelay) : undefined,
    serve: (context, state) => {
      context.act({ kind: "Announce", copies: context.config.garp.masterRepeat });
      return { ...state, secondBurstOwed: false };
    },
  },
  {
    name: "rivalBurst",
    meaning: "announces the addresses when a rival of lower priority has let go",
    dueAt: ({ config: { garp } }, { rivalHeardAt }) =>
      rivalHeardAt !== undefined && garp.lowerPrioRepeat > 0 ? after(rivalHeardAt, RIVAL_GONE) : undefined,
    serve: (context, state) => {
      context.act({ kind: "Announce", copies: context.config.garp.lowerPrioRepeat, provoked: true });
      return { ...state, rivalHeardAt: undefined };
    },
  },
  {
    name: "lowerPriorityBurst",
    meaning: "announces the addresses once more after an advert of lower priority (garp_lower_prio_delay)",
    dueAt: ({ config: { garp } }, { lowerPriorityHeardAt: heardAt }) =>
      heardAt !== undefined && garp.lowerPrioRepeat > 0 && garp.lowerPrioDelay > 0
        ? after(heardAt, garp.lowerPrioDelay)
        : undefined,
    serve: (context, state) => {
      context.act({ kind: "Announce", copies: context.config.garp.lowerPrioRepeat, provoked: true });
      return { ...state, lowerPriorityHeardAt: undefined };
    },
  },
  {
    name: "refresh",
    meaning: "announces the addresses again (garp_master_refresh)",
    dueAt: ({ config: { garp } }, state) =>
      garp.masterRefresh > 0 ? after(state.refreshedAt, garp.masterRefresh) : undefined,
    serve: (context, state, now) => {
      context.act({ kind: "Announce", copies: context.config.garp.masterRefreshRepeat });
      return { ...state, refreshedAt: now };
    },
  },
];

/**
 * When a MASTER whose adverts do not leave must let go, because a peer may have taken over. Where no other router is known it goes
 * on: it would take the addresses away from clients for the sake of a router that may not exist.
 */
function mustLetGoAt(context: RouterContext, state: MasterState): Micros | undefined {
  const { config, sending, priority, heard } = context;
  const isAlone = config.unicastPeers.length === 0 && !heard.hasAccepted;
  if (sending.failure === undefined || state.saidCannotSend || isAlone || priority === PRIORITY_OWNER)
    return undefined;
  return after(state.advertSentAt ?? state.since, takeoverPossibleAfter(config));
}
