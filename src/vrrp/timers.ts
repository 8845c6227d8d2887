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

/** What decides how long peers go on believing in a silent MASTER. */
export interface SilenceLimits {
  readonly version: 2 | 3;
  readonly advertInterval: Micros;
  readonly downTimerAdverts: number;
  /** `timer_expired_backup`: the highest priority among the peers. */
  readonly timerExpiredBackup: number | undefined;
}

/**
 * The time for which every peer goes on believing in a silent MASTER; one that was silent for longer must assume that somebody has
 * taken over. Without knowledge of the peers' priorities no skew is counted on: Active_Down_Interval of the quickest one is
 * still longer.
 */
export function takeoverPossibleAfter(limits: SilenceLimits): Micros {
  const { version, advertInterval, downTimerAdverts, timerExpiredBackup } = limits;
  const skew =
    timerExpiredBackup === undefined
      ? 0
      : skewTime({ version, priority: timerExpiredBackup, masterAdvertInterval: advertInterval });
  return micros(downTimerAdverts * advertInterval + skew);
}
