/** The adverts of a MASTER, and the beat that they keep. */

import { after, type Micros, micros } from "../base/time.js";
import { renewWithAdvert } from "./address-lifetime.js";
import type { VirtualRouterConfig } from "./config.js";
import type { RouterContext } from "./router-context.js";
import type { MasterState } from "./states.js";

/**
 * When the next advert is due: one interval after the last beat. While the peers still wait by an interval that is shorter than the
 * new one of a reload, theirs counts.
 */
export function advertDueAt(config: VirtualRouterConfig, state: MasterState): Micros {
  return after(state.beatAt, micros(Math.min(state.toldInterval, config.advertInterval)));
}

/** Sends an advert. The next one keeps the beat, unless that is lost already. */
export function advertise(context: RouterContext, state: MasterState, now: Micros): MasterState {
  const { advertInterval } = context.config;
  context.send(context.priority);
  if (context.advertiser.farewellIsStale) context.prepareFarewell();
  const dueAt = advertDueAt(context.config, state);
  const onBeat = now >= dueAt && after(dueAt, advertInterval) > now;
  const beatAt = onBeat ? dueAt : now;
  const { advertSentAt, renewedAt } = state;
  const sent = { advertSentAt: now, beatAt, toldInterval: advertInterval };
  return renewWithAdvert(context, { ...state, ...sent, beforeAdvert: { advertSentAt, renewedAt } }, now);
}

/** The last advert has not left: nothing that follows from it is true. */
export function withdrawAdvert(context: RouterContext, state: MasterState): MasterState {
  if (state.renewedAt !== state.beforeAdvert.renewedAt) context.act({ kind: "WithdrawRenewal" });
  return { ...state, ...state.beforeAdvert };
}
