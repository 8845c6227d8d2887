/** The engine's instants as dates: it counts on a clock with an arbitrary start, people do not. Without `Date`, as this layer is pure. */

import { type Micros, micros } from "../base/time.js";

/** The same moment on two clocks, and where on earth it is read. */
export interface WallClock {
  /** On the engine's clock. */
  readonly at: Micros;
  /** µs since 1970-01-01 UTC. */
  readonly wall: number;
  /** Local time minus UTC, seconds. */
  readonly utcOffset: number;
}

/** A date and a time of day. */
interface Civil {
  readonly year: number;
  /** 1…12 */
  readonly month: number;
  readonly day: number;
  /** 0 = Sunday */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micro: number;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** An instant of the engine as µs since 1970. */
export function wallMicros(clock: WallClock, instant: Micros): number {
  return clock.wall - (clock.at - instant);
}

/** The instant, on the engine's clock, of a UTC time. @param wall ms since 1970. */
export function instantAt(clock: WallClock, wall: number): Micros {
  return micros(clock.at - (clock.wall - wall * 1_000));
}

/** `2026-11-24T13:42:34.723Z`. */
export function isoTime(clock: WallClock, instant: Micros): string {
  const { year, month, day, hour, minute, second, micro } = civil(wallMicros(clock, instant), 0);
  const millis = pad(Math.floor(micro / 1_000), 3);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}.${millis}Z`;
}

/** Local time of day, with the date unless it is today: `13:42:34`, `2026-11-23 13:42:34`. */
export function localTime(clock: WallClock, instant: Micros): string {
  const then = civil(wallMicros(clock, instant), clock.utcOffset);
  const today = civil(clock.wall, clock.utcOffset);
  const time = `${pad(then.hour)}:${pad(then.minute)}:${pad(then.second)}`;
  const same = then.year === today.year && then.month === today.month && then.day === today.day;
  return same ? time : `${pad(then.year, 4)}-${pad(then.month)}-${pad(then.day)} ${time}`;
}

/** keepalived's way in dumps: `1795527754.723194 (Tue Nov 24 13:42:34.723194 2026)`, local time. */
export function dumpTime(clock: WallClock, instant: Micros): string {
  const wall = wallMicros(clock, instant);
  const micro = pad(civil(wall, clock.utcOffset).micro, 6);
  return `${secondsText(wall)} (${cTime(clock, wall).replace(/ \d+$/, `.${micro}$&`)})`;
}

/** µs since 1970 as ctime(3) writes them: `Tue Nov 24 13:42:34 2026`, local time. */
export function cTime(clock: WallClock, wall: number): string {
  const then = civil(wall, clock.utcOffset);
  const date = `${WEEKDAYS[then.weekday]} ${MONTHS[then.month - 1]} ${String(then.day).padStart(2)}`;
  return `${date} ${pad(then.hour)}:${pad(then.minute)}:${pad(then.second)} ${then.year}`;
}

/** µs since 1970 as seconds with six decimals. */
export function secondsText(wall: number): string {
  return `${Math.floor(wall / 1_000_000)}.${pad(wall % 1_000_000, 6)}`;
}

/** A length of time for people: `0.35 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function lengthText(length: Micros): string {
  const seconds = Math.max(0, length) / 1_000_000;
  if (seconds < 10) return `${Number(seconds.toFixed(seconds < 1 ? 3 : 1))} s`;
  const units: readonly [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ];
  const whole = Math.floor(seconds);
  const first = units.findIndex(([, size]) => whole >= size);
  const [unit, size] = units[first] ?? ["s", 1];
  const [next, nextSize] = units[first + 1] ?? ["", 0];
  const rest = nextSize === 0 ? 0 : Math.floor((whole % size) / nextSize);
  return `${Math.floor(whole / size)} ${unit}${rest > 0 ? ` ${rest} ${next}` : ""}`;
}

/** From one instant to a later one. */
export function between(earlier: Micros, later: Micros): Micros {
  return micros(later - earlier);
}

/** The proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March. */
function civil(wall: number, utcOffset: number): Civil {
  const seconds = Math.floor(wall / 1_000_000) + utcOffset;
  const days = Math.floor(seconds / 86_400);
  const ofDay = seconds - days * 86_400;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leap = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leap) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(ofDay / 3_600),
    minute: Math.floor((ofDay % 3_600) / 60),
    second: ofDay % 60,
    micro: wall - Math.floor(wall / 1_000_000) * 1_000_000,
  };
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
