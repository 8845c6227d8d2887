/**
 * How far the interval that a VRRPv3 advert claims is believed. RFC 9568 §6.4.2 has a BACKUP wait by it, up to 3 × 40.95 s: one forged
 * advert would leave the addresses without a holder for two minutes. So an interval far above the own one counts only when its
 * sender has repeated it after a while, as one that lives does.
 */

import { type Micros, micros, seconds } from "../base/time.js";
import type { ReceivedAdvertisement } from "./receive.js";
import type { RouterContext } from "./router-context.js";

/** An interval up to so many times the own one is believed at once. */
const PLAUSIBLE = 10;

/** As is one up to this length, µs. */
const SHORT: Micros = seconds(1);

/** The interval to follow. In VRRPv2 all have the same. */
export function believedInterval(
  context: RouterContext,
  { from, advertInterval: theirs }: ReceivedAdvertisement,
  now: Micros,
): Micros {
  const { version, advertInterval: ours, name: instance } = context.config;
  if (version === 2) return ours;
  const most = micros(Math.max(PLAUSIBLE * ours, SHORT));
  const since = context.heard.intervalSince(from) ?? now;
  if (theirs <= most || now - since >= ours) return theirs;
  if (context.reportOnce("interval"))
    context.emit({ kind: "LongIntervalDoubted", instance, from, theirs, used: most });
  return most;
}
