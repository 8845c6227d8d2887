/** How long an advert allows a MASTER's addresses to speak. */

import type { VirtualRouterConfig } from "./config.js";
import { HANDOVER_LIMIT } from "./handover.js";
import { masterDownInterval, takeoverPossibleAfter } from "./timers.js";

/** ms */
const MILLISECOND = 1_000;

/** An advert counts for this many intervals at least: the next one must come before its end. */
const LEAST_INTERVALS = 1.5;

/** Both are counted from when an advert leaves, in whole milliseconds, rounded down: never later than a peer's timer. */
export interface LeaseTimes {
  /** After an advert: as long as the quickest peer believes in a silent MASTER. */
  readonly length: number;
  /** After an advert of priority 0: the longest that a MASTER keeps its addresses then, docs/handover.md. */
  readonly farewell: number;
}

/** The times for a virtual router. With `down_timer_adverts 1` a peer may be quicker than the next advert, and the lease is longer. */
export function leaseTimes(config: VirtualRouterConfig): LeaseTimes {
  const { advertInterval, version, priority, downTimerAdverts } = config;
  const length = Math.max(takeoverPossibleAfter(config), LEAST_INTERVALS * advertInterval);
  const down = masterDownInterval({
    version,
    priority,
    masterAdvertInterval: advertInterval,
    downTimerAdverts,
  });
  return {
    length: Math.floor(length / MILLISECOND),
    farewell: Math.floor(Math.min(HANDOVER_LIMIT, down) / MILLISECOND),
  };
}
