/** Why something that is wanted is not in the kernel, since when, and when the next attempt is made. */

import { after, type Micros, micros, seconds } from "../../base/time.js";

/**
 * `refused`: the kernel said no to adding it. `stays`: the kernel said no to removing it. `takenAway`: others remove it again
 * and again. `waits`: its interface is missing or down.
 */
export type TroubleKind = "refused" | "stays" | "takenAway" | "waits";

/** The state of one item that is not as it should be. */
export interface Trouble {
  readonly kind: TroubleKind;
  /** Name of the errno, such as `EACCES`; empty where the kernel refused nothing. */
  readonly error: string;
  readonly since: Micros;
  /** Attempts that failed so far. */
  readonly attempts: number;
  /** Not tried again before this instant, unless its interface changes. */
  readonly retryAt: Micros;
}

/** The first and the longest time between two attempts, µs. */
const FIRST: Micros = seconds(1);
const LONGEST: Micros = seconds(60);

/** An attempt failed, or failed again: the time to the next one doubles, up to a minute. */
export function failedAgain(
  before: Trouble | undefined,
  kind: TroubleKind,
  error: string,
  now: Micros,
): Trouble {
  const same = before?.kind === kind ? before : undefined;
  const attempts = (same?.attempts ?? 0) + 1;
  return { kind, error, since: same?.since ?? now, attempts, retryAt: after(now, pauseAfter(attempts)) };
}

function pauseAfter(attempts: number): Micros {
  return micros(Math.min(LONGEST, FIRST * 2 ** Math.min(attempts - 1, 10)));
}

/** It went with its interface: nothing was refused, and it is added when the interface is back. */
export function waitsForInterface(now: Micros): Trouble {
  return { kind: "waits", error: "", since: now, attempts: 0, retryAt: now };
}

/** Losses that are this far apart, µs, have nothing to do with each other. */
const MEMORY: Micros = seconds(60);

/** So many losses within {@link MEMORY} of each other are a contest: the item is added with growing pauses from then on. */
const CONTEST = 3;

/** How often, and when last, others have removed an item. */
export interface Losses {
  readonly count: number;
  readonly lastAt: Micros;
}

/** Others removed an item once more. */
export function oneMoreLoss(before: Losses | undefined, now: Micros): Losses {
  return { count: isRecent(before, now) ? before.count + 1 : 1, lastAt: now };
}

/** True while the losses still count. */
export function isRecent(losses: Losses | undefined, now: Micros): losses is Losses {
  // A contest lasts as long as its longest pause, and the memory after it.
  return losses !== undefined && now - losses.lastAt <= (losses.count < CONTEST ? MEMORY : 2 * MEMORY);
}

/** The trouble that comes of losses; undefined while they are too few, and the item is added again at once. */
export function contestOf(losses: Losses, before: Trouble | undefined, now: Micros): Trouble | undefined {
  const attempts = losses.count - CONTEST + 1;
  if (attempts < 1) return undefined;
  const since = before?.kind === "takenAway" ? before.since : now;
  return { kind: "takenAway", error: "", since, attempts, retryAt: after(now, pauseAfter(attempts)) };
}
