/** INIT: RFC 9568 §6.4.1, and keepalived's silence until every tracked script of weight 0 has had its first result. */

import type { Micros } from "../base/time.js";
import type { TransitionCause } from "./cause.js";
import { settledFaults } from "./faults.js";
import type { StateInput } from "./inputs.js";
import type { RouterContext } from "./router-context.js";
import type { InitState, RouterState } from "./states.js";
import { PRIORITY_OWNER } from "./timers.js";
import { enterBackup, enterFault, enterMaster, stop } from "./transitions.js";

/** The state after one input. */
export function whileInit(
  context: RouterContext,
  state: InitState,
  input: StateInput,
  now: Micros,
): RouterState {
  switch (input.kind) {
    case "Started":
      return leaveInit(context, { ...state, started: true }, { kind: "startup" }, now);
    case "FaultsChanged": {
      const informed = { ...state, faults: input.faults };
      return state.started ? leaveInit(context, informed, { kind: "faultsCleared" }, now) : informed;
    }
    case "ShutdownRequested":
      return stop(context, state, input.cause, now);
    default:
      return state;
  }
}

/** Unless a script is still being waited for. */
function leaveInit(
  context: RouterContext,
  state: InitState,
  cause: TransitionCause,
  now: Micros,
): RouterState {
  const faults = settledFaults(state.faults);
  const [first] = faults;
  if (first !== undefined) return enterFault(context, state, faults, { kind: "fault", fault: first }, now);
  return state.faults.length > 0 ? state : startUp(context, state, cause, now);
}

/**
 * "If a Startup event is received": an address owner takes over at once, everybody else listens first, even with
 * `state MASTER`.
 */
function startUp(context: RouterContext, state: InitState, cause: TransitionCause, now: Micros): RouterState {
  const { initialState, priority } = context.config;
  if (priority === PRIORITY_OWNER && initialState === "MASTER" && !context.inGroup) {
    if (now >= context.notBefore) return enterMaster(context, state, { kind: "addressOwner" }, now);
    return enterBackup(context, state, { cause, waitsFor: "nothing" }, now);
  }
  // In a group the group decides; one that would be MASTER lets one interval pass to hear whether another one is.
  const eager = context.inGroup && initialState === "MASTER";
  return enterBackup(context, state, { cause, waitsFor: eager ? "eager" : "masterDown" }, now);
}
