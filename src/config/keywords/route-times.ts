/** Metrics of routes that are times: `rtt`, `rttvar` and `rto_min`. */

import { readDecimal } from "../numbers.js";
import type { Statement } from "../statement.js";

/** How many units of the kernel a millisecond has, and the shortest time in ms. */
const TIMES = {
  rtt: { scale: 8, least: 200 },
  rttvar: { scale: 4, least: 200 },
  rto_min: { scale: 1, least: 200 },
} as const;

/** Longest time, in ms. */
const LONGEST = 120_000;

/** A metric that is a time. */
export type RouteTime = keyof typeof TIMES;

/** True for the name of such a metric. */
export function isRouteTime(word: string): word is RouteTime {
  return Object.hasOwn(TIMES, word);
}

/**
 * The word at an index in units of the kernel: a number of these, or with `s`, `sec`, `secs`, `ms`, … a time. Undefined when it
 * is none; what is wrong with the number has been said then.
 */
export function readRouteTime(name: RouteTime, statement: Statement, index: number): number | undefined {
  const { scale, least } = TIMES[name];
  const text = statement.required(index);
  const [, number, milli, unit] = /^([^sS]*?)(?:([mM]?)([sS](?:ecs?)?))?$/i.exec(text) ?? [];
  if (number === undefined || (number === "" && unit !== undefined) || /e/i.test(number)) return undefined;
  const places = unit !== undefined && milli === "" ? 3 : 0;
  const value = readDecimal(statement, index, { low: 0, high: LONGEST * scale, places }, number);
  if (value === undefined || !/^[0-9]*\.?[0-9]*$/.test(number)) return undefined;
  const raw = Math.min(unit === undefined ? value : value * scale, LONGEST * scale);
  if (raw >= least * scale) return raw;
  const message = `${name} value ${text} below minimum ${least}ms, resetting`;
  statement.note("ERR_CONFIG_ROUTE", message, index);
  return least * scale;
}
