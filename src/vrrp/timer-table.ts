/**
 * Timers as tables. A state stores facts: when something last happened. Each row of a table derives from these facts and the
 * configuration when its work is due. No deadline is stored, so none outlives the setting that it came from: after a reload the
 * rows give other instants, and nothing is to be set anew.
 */

import type { Micros } from "../base/time.js";
import type { RouterContext } from "./router-context.js";
import type { RouterState } from "./states.js";

/** One timer of the state `S`. */
export interface Timer<S extends RouterState> {
  /** Stable, for programs and `vigil explain`. */
  readonly name: TimerName;
  /** What happens when it runs out, in one line. */
  readonly meaning: string;
  /** When it runs out; undefined: it does not run. */
  readonly dueAt: (context: RouterContext, state: S) => Micros | undefined;
  /** Does its work. Afterwards `dueAt` must be later than `now` or undefined. */
  readonly serve: (context: RouterContext, state: S, now: Micros) => RouterState;
}

/** The names of all timers of all states. */
export type TimerName =
  | "advert"
  | "answer"
  | "renewal"
  | "secondBurst"
  | "rivalBurst"
  | "lowerPriorityBurst"
  | "refresh"
  | "cannotSend"
  | "probe"
  | "probeLeft"
  | "handover"
  | "masterDown";

/** The timers of one state, in the order in which those that are due at the same time are served. */
export type TimerTable<S extends RouterState> = readonly Timer<S>[];

/** One timer that runs. */
export interface RunningTimer {
  readonly name: TimerName;
  readonly meaning: string;
  readonly dueAt: Micros;
}

/** The earliest instant at which a timer of the table runs out. */
export function nextDue<S extends RouterState>(
  table: TimerTable<S>,
  context: RouterContext,
  state: S,
): Micros | undefined {
  let first: Micros | undefined;
  for (const timer of table) {
    const dueAt = timer.dueAt(context, state);
    if (dueAt !== undefined && (first === undefined || dueAt < first)) first = dueAt;
  }
  return first;
}

/** Serves each timer of the table that is due, once, until one of them leads to a state for which `stays` is false. */
export function serveDue<S extends RouterState>(
  table: TimerTable<S>,
  context: RouterContext,
  entered: S,
  now: Micros,
  stays: (state: RouterState) => state is S,
): RouterState {
  let state = entered;
  for (const timer of table) {
    const dueAt = timer.dueAt(context, state);
    if (dueAt === undefined || now < dueAt) continue;
    const next = timer.serve(context, state, now);
    if (!stays(next)) return next;
    state = next;
  }
  return state;
}

/** The timers of the table that run, in its order. */
export function runningTimers<S extends RouterState>(
  table: TimerTable<S>,
  context: RouterContext,
  state: S,
): RunningTimer[] {
  return table.flatMap(({ name, meaning, dueAt }) => {
    const at = dueAt(context, state);
    return at === undefined ? [] : [{ name, meaning, dueAt: at }];
  });
}
