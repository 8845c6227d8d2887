/**
 * The states of a virtual router. Each owns its deadlines: a state that is left takes its timers with it, so no timer can
 * fire late for a state that is no more.
 *
 * Glossary: INIT is RFC 9568 Initialize, BACKUP Backup, MASTER Active; FAULT is keepalived's name for a router that could not
 * serve. Master_Down is RFC 9568 Active_Down, `masterAdvertInterval` Active_Adver_Interval.
 */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { Fault, TransitionCause } from "./cause.js";

/** Not started, or waiting in silence for the first result of a tracked script. */
export interface InitState {
  readonly name: "INIT";
  readonly faults: readonly Fault[];
  /** Told to start, and waiting. */
  readonly started: boolean;
}

/** Listening to a MASTER. */
export interface BackupState {
  readonly name: "BACKUP";
  /** When the MASTER counts as dead. */
  readonly masterDownAt: Micros;
  /** The length behind `masterDownAt`, to move it when the priority changes. */
  readonly masterDownInterval: Micros;
  readonly masterAdvertInterval: Micros;
  /** When the last advert that we follow came; undefined before the first. */
  readonly heardAt: Micros | undefined;
  /** End of a running `preempt_delay`; a past instant means that it is over. */
  readonly preemptAt: Micros | undefined;
  /** Held back by its sync group, though its own Master_Down timer has run out. */
  readonly wantsMaster: boolean;
  /** Set after an advert of priority 0: taking over then is a handover, not a death. */
  readonly priorityZeroFrom: IpAddress | undefined;
  /** We woke late once and gave the MASTER one more interval; not twice without hearing it. */
  readonly graceGiven: boolean;
}

/** Holding the addresses. */
export interface MasterState {
  readonly name: "MASTER";
  readonly advertAt: Micros;
  readonly advertSentAt: Micros;
  /** When the addresses were last added, or given a new lifetime. */
  readonly renewedAt: Micros;
  /** When their lifetime must be renewed without an advert; undefined where the adverts are frequent enough. */
  readonly renewAt: Micros | undefined;
  /** Second burst after becoming MASTER. */
  readonly announceAt: Micros | undefined;
  /** Periodic burst. */
  readonly refreshAt: Micros | undefined;
  /** Burst soon after hearing a lower priority, when its sender has let go. */
  readonly rivalAnnounceAt: Micros | undefined;
  /** Second burst after hearing a lower priority. */
  readonly lowerPrioAnnounceAt: Micros | undefined;
  /** Set when it leaves: no adverts any more, only the addresses until somebody else has them. */
  readonly handover: Handover | undefined;
}

/** A MASTER on its way out. */
export interface Handover {
  /** When it lets go though nobody has been heard. */
  readonly until: Micros;
  /** Why it leaves: `shutdown` or `fault`. */
  readonly cause: TransitionCause;
  /** What speaks against serving now. */
  readonly faults: readonly Fault[];
}

/** Unable to serve. */
export interface FaultState {
  readonly name: "FAULT";
  /** At least one, in the order in which they arose. */
  readonly faults: readonly Fault[];
}

/** One of the four. */
export type RouterState = InitState | BackupState | MasterState | FaultState;
