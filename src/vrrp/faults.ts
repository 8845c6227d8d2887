/** Telling faults apart. */

import type { Fault } from "./cause.js";
import type { RouterContext } from "./router-context.js";
import type { RouterState } from "./states.js";

/** Those that are certain: a script that has not ended yet is no reason to leave a state. */
export function settledFaults(faults: readonly Fault[]): readonly Fault[] {
  return faults.filter((fault) => fault.kind !== "scriptPending");
}

/** Tells the outside of the faults that were not there before. */
export function reportNewFaults(context: RouterContext, state: RouterState, faults: readonly Fault[]): void {
  const before = new Set(knownFaults(state).map((fault) => JSON.stringify(fault)));
  for (const fault of settledFaults(faults)) {
    if (!before.has(JSON.stringify(fault)))
      context.emit({ kind: "FaultRaised", instance: context.config.name, fault });
  }
}

/** What the outside has been told of already. */
function knownFaults(state: RouterState): readonly Fault[] {
  if (state.name === "BACKUP") return [];
  return state.name === "MASTER" ? (state.handover?.faults ?? []) : state.faults;
}
