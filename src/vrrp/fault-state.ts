/** FAULT, which is keepalived's: a router that could not serve, and says nothing until all is well. */

import type { Micros } from "../base/time.js";
import type { StateInput } from "./inputs.js";
import type { RouterContext } from "./router-context.js";
import type { FaultState, RouterState } from "./states.js";
import { enterBackup, stop } from "./transitions.js";

/** The state after one input. */
export function whileFault(
  context: RouterContext,
  state: FaultState,
  input: StateInput,
  now: Micros,
): RouterState {
  switch (input.kind) {
    case "FaultsChanged": {
      if (input.faults.length > 0) return { name: "FAULT", faults: input.faults };
      return enterBackup(context, state, { cause: { kind: "faultsCleared" }, waitsFor: "masterDown" }, now);
    }
    case "ShutdownRequested":
      return stop(context, state, input.cause, now);
    default:
      return state;
  }
}
