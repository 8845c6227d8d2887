/** The engine's clock beside the calendar. */

import { type Micros, micros } from "../base/time.js";
import { now } from "../linux/both/clock.js";
import type { WallClock } from "../report/wall-clock.js";

/** The calendar for an instant of the engine, which is a little while ago. */
export function wallClockAt(at: Micros = now()): WallClock {
  const date = new Date();
  const wall = date.getTime() * 1_000 - micros(now() - at);
  return { at, wall, utcOffset: -date.getTimezoneOffset() * 60 };
}
