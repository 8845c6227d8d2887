/** The intervals of RFC 9568 §6.1 and RFC 3768 §6.1, in keepalived's integer arithmetic. */

import { type Micros, micros, microsToCentiseconds } from "../base/time.js";

/** Priority of an address owner, RFC 9568 §5.2.4. */
export const PRIORITY_OWNER = 255;

/** Priority that says: this MASTER stops, RFC 9568 §5.2.4. */
export const PRIORITY_STOP = 0;

/** What the intervals depend on. */
export interface TimerInputs {
  readonly version: 2 | 3;
  /** Effective priority, 1…255. */
  readonly priority: number;
  /** RFC 9568 Active_Adver_Interval: the last MASTER's interval in v3, the own one in v2. */
  readonly masterAdvertInterval: Micros;
  /** `down_timer_adverts`, 3 in the RFCs. */
  readonly downTimerAdverts: number;
}

/**
 * Skew_Time. VRRPv2: `(256 − priority) / 256` s. VRRPv3: `(256 − priority) × Active_Adver_Interval / 256`, computed by
 * keepalived from whole centiseconds as `× 625 / 16`.
 */
export function skewTime(inputs: Omit<TimerInputs, "downTimerAdverts">): Micros {
  const steps = 256 - inputs.priority;
  if (inputs.version === 2) return micros((steps * 1_000_000) / 256);
  return micros((steps * microsToCentiseconds(inputs.masterAdvertInterval) * 625) / 16);
}

/** Active_Down_Interval: `down_timer_adverts × Active_Adver_Interval + Skew_Time`. */
export function masterDownInterval(inputs: TimerInputs): Micros {
  return micros(inputs.downTimerAdverts * inputs.masterAdvertInterval + skewTime(inputs));
}

/**
 * The longest time for which peers of any priority go on believing in a silent MASTER: Active_Down_Interval at
 * priority 1 of the one that is quickest is still longer than `down_timer_adverts × interval`, so a MASTER silent for
 * that long must assume that somebody has taken over.
 */
export function takeoverPossibleAfter(advertInterval: Micros, downTimerAdverts: number): Micros {
  return micros(downTimerAdverts * advertInterval);
}
