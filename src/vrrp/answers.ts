/**
 * How a MASTER answers adverts that it must answer: of lower priority (it asserts itself, and wins back the neighbours' caches), and
 * of priority 0 (RFC 9568 §6.4.3). The first is answered at once. Whatever comes while the answer is young is answered together,
 * so that a neighbour who floods us gets no more out than a few packets a second.
 */

import { after, type Micros, micros, milliseconds, seconds } from "../base/time.js";
import { advertise } from "./advertise.js";
import type { VirtualRouterConfig } from "./config.js";
import type { RouterContext } from "./router-context.js";
import type { MasterState } from "./states.js";

/** Between two answers at least and at most, µs. */
const SHORTEST_GAP: Micros = milliseconds(10);
const LONGEST_GAP: Micros = milliseconds(250);

/** Between two bursts of announcements that adverts of lower priority cause at once, µs. */
const BURST_GAP: Micros = seconds(1);

/** What is known of the answers of a MASTER. */
export interface Answers {
  /** When the last one was sent; undefined before the first. */
  readonly sentAt: Micros | undefined;
  /** An advert came since that has not been answered. */
  readonly owed: boolean;
  /** When the last burst of announcements was sent because of an advert. */
  readonly burstAt: Micros | undefined;
}

/** Nothing was to be answered yet. */
export const NO_ANSWERS: Answers = { sentAt: undefined, owed: false, burstAt: undefined };

/** Between two answers, µs: a quarter of the interval in which a rival sends anyway. */
function answerGap({ advertInterval }: VirtualRouterConfig): Micros {
  return micros(Math.min(LONGEST_GAP, Math.max(SHORTEST_GAP, advertInterval / 4)));
}

/** When the answer that is owed is due; undefined when none is. */
export function answerDueAt(config: VirtualRouterConfig, { answers }: MasterState): Micros | undefined {
  const { sentAt, owed } = answers;
  return owed && sentAt !== undefined ? after(sentAt, answerGap(config)) : undefined;
}

/** True when an advert that came now is answered at once. */
export function answersAtOnce(config: VirtualRouterConfig, { answers }: MasterState, now: Micros): boolean {
  return answers.sentAt === undefined || now >= after(answers.sentAt, answerGap(config));
}

/** Answers an advert: with one of our own at once, or with one for all that come within the gap. */
export function answer(context: RouterContext, state: MasterState, now: Micros): MasterState {
  if (answersAtOnce(context.config, state, now)) return sendAnswer(context, state, now);
  context.counters.answersWithheld++;
  context.withheldAt = now;
  return { ...state, answers: { ...state.answers, owed: true } };
}

/** Sends the answer for all that came. */
export function sendAnswer(context: RouterContext, state: MasterState, now: Micros): MasterState {
  return { ...advertise(context, state, now), answers: { ...state.answers, sentAt: now, owed: false } };
}

/**
 * Announces the addresses because of an advert of lower priority, unless that was done a moment ago: then the burst that follows
 * the last such advert is enough.
 */
export function winBack(context: RouterContext, state: MasterState, now: Micros): MasterState {
  const { burstAt } = state.answers;
  if (burstAt !== undefined && now < after(burstAt, BURST_GAP)) return state;
  const copies = context.config.garp.lowerPrioRepeat;
  if (copies > 0) context.act({ kind: "Announce", copies, provoked: true });
  if (context.inGroup) context.act({ kind: "AnnounceGroup" });
  return { ...state, answers: { ...state.answers, burstAt: now } };
}
