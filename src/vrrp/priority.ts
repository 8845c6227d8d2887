/** Effective priority: what tracked things add to and take from the configured one. */

import { PRIORITY_OWNER } from "./timers.js";

/** keepalived's rule: `clamp(base + Σ weights, 1, 254)`; an address owner's 255 is fixed. */
export function effectivePriority(base: number, contributions: Iterable<number>): number {
  if (base === PRIORITY_OWNER) return base;
  let total = base;
  for (const contribution of contributions) total += contribution;
  return Math.max(1, Math.min(PRIORITY_OWNER - 1, total));
}

/**
 * What one tracked thing contributes. `weight > 0` counts while it is well, `weight < 0` while it is not; it is added, or taken
 * away with `reverse`. A thing whose state is unknown contributes nothing.
 */
export function trackContribution(weight: number, reverse: boolean, ok: boolean | undefined): number {
  if (ok === undefined) return 0;
  const counts = weight > 0 === ok;
  if (!counts) return 0;
  return reverse ? -weight : weight;
}
