/**
 * FAULT, which is keepalived's: a router that could not serve, and says nothing until all is well. Except where all that is wrong
 * is that its adverts did not leave: nothing but an advert can tell that they leave again. So it sends one now and then, ever more
 * rarely, of priority 1, which unseats no MASTER. The first one that leaves ends the fault and the probing, so the LAN sees one.
 */

import { after, type Micros } from "../base/time.js";
import type { StateInput } from "./inputs.js";
import type { RouterContext } from "./router-context.js";
import { PROBE_LEFT } from "./sending.js";
import type { FaultState, RouterState } from "./states.js";
import type { TimerTable } from "./timer-table.js";
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
      if (input.faults.length > 0) return { ...state, faults: input.faults };
      return enterBackup(context, state, { cause: { kind: "faultsCleared" }, waitsFor: "masterDown" }, now);
    }
    case "SendFailed":
      return context.sending.failed(input.ticket.advert, input.error, now)
        ? { ...state, probing: false }
        : state;
    case "SourceAddressChanged":
      // What it waited for may have come.
      return { ...state, probes: 0 };
    case "ShutdownRequested":
      return stop(context, state, input.cause, now);
    default:
      return state;
  }
}

/** The timers of a router that is in FAULT only because it could not send. */
export const FAULT_TIMERS: TimerTable<FaultState> = [
  {
    name: "probe",
    meaning: "sends an advert of priority 1 to find out whether adverts leave again",
    dueAt: (context, state) => {
      const mayProbe = context.source !== undefined && !state.probing && isOnlySending(state);
      if (!mayProbe) return undefined;
      return context.sending.probeDueAt(state.lastTryAt, state.probes, context.config.advertInterval);
    },
    serve: (context, state, now) => {
      context.send(PROBE_PRIORITY, { purpose: "probe" });
      return { ...state, lastTryAt: now, probes: state.probes + 1, probing: true };
    },
  },
  {
    name: "probeLeft",
    meaning: "ends the fault, unless the kernel refuses the probe",
    dueAt: (_context, { probing, lastTryAt }) => (probing ? after(lastTryAt, PROBE_LEFT) : undefined),
    serve: (context, state) => {
      context.act({ kind: "CanSend" });
      return { ...state, probing: false };
    },
  },
];

/** The lowest priority of a router that serves, RFC 9568 §5.2.4. */
const PROBE_PRIORITY = 1;

function isOnlySending({ faults }: FaultState): boolean {
  return faults.every(({ kind }) => kind === "cannotSend");
}
