/** Which table of timers a state of a virtual router has. */

import type { Micros } from "../base/time.js";
import { BACKUP_TIMERS } from "./backup-state.js";
import { FAULT_TIMERS } from "./fault-state.js";
import { HANDOVER_TIMERS } from "./handover.js";
import { MASTER_TIMERS } from "./master-timers.js";
import type { RouterContext } from "./router-context.js";
import type { BackupState, FaultState, MasterState, RouterState } from "./states.js";
import { nextDue, type RunningTimer, runningTimers, serveDue } from "./timer-table.js";

const isBackup = (state: RouterState): state is BackupState => state.name === "BACKUP";
const isServing = (state: RouterState): state is MasterState =>
  state.name === "MASTER" && state.handover === undefined;
const isLeaving = (state: RouterState): state is MasterState =>
  state.name === "MASTER" && state.handover !== undefined;

const isInFault = (state: RouterState): state is FaultState => state.name === "FAULT";

/** Serves all timers that are due at `now`. */
export function serveTimers(context: RouterContext, state: RouterState, now: Micros): RouterState {
  if (isServing(state)) return serveDue(MASTER_TIMERS, context, state, now, isServing);
  if (isBackup(state)) return serveDue(BACKUP_TIMERS, context, state, now, isBackup);
  if (isLeaving(state)) return serveDue(HANDOVER_TIMERS, context, state, now, isLeaving);
  return isInFault(state) ? serveDue(FAULT_TIMERS, context, state, now, isInFault) : state;
}

/** The earliest instant at which {@link serveTimers} has work; undefined: none until the next input. */
export function nextTimer(context: RouterContext, state: RouterState): Micros | undefined {
  if (isServing(state)) return nextDue(MASTER_TIMERS, context, state);
  if (isBackup(state)) return nextDue(BACKUP_TIMERS, context, state);
  if (isLeaving(state)) return nextDue(HANDOVER_TIMERS, context, state);
  return isInFault(state) ? nextDue(FAULT_TIMERS, context, state) : undefined;
}

/** All timers that run in this state. */
export function timersOf(context: RouterContext, state: RouterState): RunningTimer[] {
  if (isServing(state)) return runningTimers(MASTER_TIMERS, context, state);
  if (isBackup(state)) return runningTimers(BACKUP_TIMERS, context, state);
  if (isLeaving(state)) return runningTimers(HANDOVER_TIMERS, context, state);
  return isInFault(state) ? runningTimers(FAULT_TIMERS, context, state) : [];
}
