/** Telling faults apart. */

import type { Fault } from "./cause.js";
import type { RouterContext } from "./router-context.js";
import type { RouterState } from "./states.js";

/** Tells the outside of the faults that were not there before. */
export function reportNewFaults(
  context: RouterContext,
  known: readonly Fault[],
  faults: readonly Fault[],
): void {
  const before = new Set(known.map((fault) => JSON.stringify(fault)));
  for (const fault of faults) {
    if (!before.has(JSON.stringify(fault)))
      context.emit({ kind: "FaultRaised", instance: context.config.name, fault });
  }
}

/** What the outside has been told of already. */
export function knownFaults(state: RouterState): readonly Fault[] {
  if (state.name === "BACKUP") return [];
  return state.name === "MASTER" ? (state.handover?.faults ?? []) : state.faults;
}
