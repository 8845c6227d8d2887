/**
 * Leaving in good order. A MASTER that can choose when to go says so by adverts of priority 0, marked for Vigil's BACKUPs, and
 * keeps the addresses until it hears a successor: nobody is without them in between, and a refused connection is answered
 * where a lost one would be waited for. A BACKUP that sees the mark need not wait for the addresses to be gone, so it takes
 * over after milliseconds instead of Skew_Time. Why this makes no two masters: docs/handover.md.
 */

import { unreachable } from "../base/assert.js";
import { addressBytes, type IpAddress } from "../base/ip-address.js";
import { after, type Micros, micros, milliseconds } from "../base/time.js";
import type { Fault, TransitionCause } from "./cause.js";
import { settledFaults } from "./faults.js";
import type { StateInput } from "./inputs.js";
import type { RouterContext } from "./router-context.js";
import type { Handover, MasterState, RouterState } from "./states.js";
import type { TimerTable } from "./timer-table.js";
import { PRIORITY_STOP } from "./timers.js";
import { enterBackup, enterFault, stop } from "./transitions.js";

/** A MASTER without a successor lets go after this long, Micros. */
export const HANDOVER_LIMIT: Micros = milliseconds(100);

/** Between the priorities 255 and 0: the better one is first. */
const PRIORITY_SPAN: Micros = milliseconds(20);

/** Between BACKUPs of one priority: longer than an advert takes from one to the other. */
const SLOT: Micros = milliseconds(3);

/** Neighbouring addresses that do not share a slot. */
const SLOTS = 8;

/** How long a BACKUP waits after a marked advert: at most 43 ms, and never longer than Skew_Time. */
export function successionDelay(context: RouterContext, skew: Micros): Micros {
  const byPriority = ((255 - context.priority) * PRIORITY_SPAN) / 255;
  const delay = milliseconds(2) + byPriority + slotOf(context.source) * SLOT;
  return micros(Math.min(skew, delay));
}

/** The higher address first, as it would win a tie. */
function slotOf(source: IpAddress | undefined): number {
  const last = source === undefined ? 0 : (addressBytes(source).at(-1) ?? 0);
  return SLOTS - 1 - (last % SLOTS);
}

/**
 * Whether a MASTER may wait for its successor: not where nobody could hear it, and not in a sync group, whose members go
 * together.
 */
export function mayHandOver(context: RouterContext, cause: TransitionCause): boolean {
  if (context.source === undefined || context.inGroup) return false;
  return cause.kind === "shutdown" || (cause.kind === "fault" && isOfService(cause.fault));
}

/** A fault of what is served, not of the way to it. */
function isOfService(fault: Fault): boolean {
  switch (fault.kind) {
    case "scriptFailed":
    case "checkFailed":
    case "fileFault":
    case "noProcessQuorum":
    case "drained":
      return true;
    default:
      return false;
  }
}

/** Says goodbye, `adverts` times, and begins to wait. */
export function beginHandover(
  context: RouterContext,
  state: MasterState,
  leaving: { readonly cause: TransitionCause; readonly faults: readonly Fault[]; readonly adverts: number },
  now: Micros,
): MasterState {
  const { cause, faults, adverts } = leaving;
  context.resign(adverts, true);
  return { ...state, handover: { cause, faults, since: now } };
}

/** The state of a MASTER on its way out after one input: whatever makes holding the addresses wrong ends the waiting. */
export function whileHandingOver(
  context: RouterContext,
  state: MasterState,
  handover: Handover,
  input: StateInput,
  now: Micros,
): RouterState {
  switch (input.kind) {
    case "AdvertisementReceived":
      return input.advert.priority === PRIORITY_STOP ? state : letGo(context, state, handover, now);
    case "ShutdownRequested":
      if (input.cause.kind === "shutdown") return { ...state, handover: { ...handover, cause: input.cause } };
      context.releaseMaster(0);
      return stop(context, state, input.cause, now);
    case "FaultsChanged": {
      const faults = settledFaults(input.faults);
      const [first] = faults;
      const informed = { ...handover, faults };
      if (first === undefined || mayHandOver(context, { kind: "fault", fault: first }))
        return { ...state, handover: informed };
      return letGo(context, state, informed, now);
    }
    case "GroupMoved":
    case "AddressLost":
    case "RoutingLost":
      return letGo(context, state, handover, now);
    case "SourceAddressChanged":
    case "Reconfigured":
      context.prepareFarewell();
      return state;
    case "Started":
    case "PriorityChanged":
    case "WokeLate":
    case "SendFailed":
      return state;
    default:
      return unreachable(input);
  }
}

/** The one timer of a MASTER on its way out. */
export const HANDOVER_TIMERS: TimerTable<MasterState> = [
  {
    name: "handover",
    meaning: "lets go of the addresses, though no successor was heard",
    dueAt: (context, { handover }) => {
      const limit = micros(Math.min(HANDOVER_LIMIT, context.downInterval(context.config.advertInterval)));
      return handover === undefined ? undefined : after(handover.since, limit);
    },
    serve: (context, state, now) =>
      state.handover === undefined ? state : letGo(context, state, state.handover, now),
  },
];

/** The end: a successor was heard, or none came in time. */
function letGo(context: RouterContext, state: MasterState, handover: Handover, now: Micros): RouterState {
  const { cause, faults } = handover;
  context.releaseMaster(0);
  if (cause.kind === "shutdown") return stop(context, state, cause, now);
  if (faults.length > 0) return enterFault(context, state, faults, cause, now);
  // Well again meanwhile.
  return enterBackup(context, state, { cause: { kind: "faultsCleared" }, waitsFor: "masterDown" }, now);
}
