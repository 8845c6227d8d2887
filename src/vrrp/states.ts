/**
 * The states of a virtual router. Each holds facts: when something last happened. What is due when follows from them and from
 * the configuration, see timer-table.ts. A state that is left takes its facts with it, so no timer can run out late for a
 * state that is no more.
 *
 * Glossary: INIT is RFC 9568 Initialize, BACKUP Backup, MASTER Active; FAULT is keepalived's name for a router that could not
 * serve. Master_Down is RFC 9568 Active_Down, `masterAdvertInterval` Active_Adver_Interval.
 */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { Answers } from "./answers.js";
import type { Fault, TransitionCause } from "./cause.js";

/** Not started, or waiting in silence for the first result of a tracked script. */
export interface InitState {
  readonly name: "INIT";
  readonly faults: readonly Fault[];
  /** Told to start, and waiting. */
  readonly started: boolean;
}

/**
 * For how long a BACKUP waits before it takes over:
 * - `masterDown`: Active_Down_Interval, RFC 9568 §6.1;
 * - `skew`: Skew_Time, after an advert of priority 0, or after it lost an address as MASTER;
 * - `succession`: after an advert of priority 0 from a Vigil node that holds the addresses until then, see handover.ts;
 * - `oneInterval`: one interval and Skew_Time, after it woke late;
 * - `eager`: one interval and the least Skew_Time, at the start of a sync group's member with `state MASTER`;
 * - `nothing`: an address owner that waits for the end of `vrrp_startup_delay` only.
 */
export type Wait = "masterDown" | "skew" | "succession" | "oneInterval" | "eager" | "nothing";

/** Listening to a MASTER. */
export interface BackupState {
  readonly name: "BACKUP";
  /** When the silence that it waits out began: an advert, the start, the end of `vrrp_startup_delay`, or a late waking. */
  readonly silentSince: Micros;
  readonly waitsFor: Wait;
  /** The interval of the MASTER whose advert it followed last, as far as that is believed; undefined before the first one. */
  readonly followedInterval: Micros | undefined;
  /** When the last advert that it follows came; undefined before the first. */
  readonly heardAt: Micros | undefined;
  /** When a lower priority was first heard that `preempt_delay` makes it follow for a while. */
  readonly preemptableSince: Micros | undefined;
  /** Held back by its sync group, though its own Master_Down timer has run out. */
  readonly wantsMaster: boolean;
  /** Set after an advert of priority 0: taking over then is a handover, not a death. */
  readonly priorityZeroFrom: IpAddress | undefined;
  /** It woke late once and gave the MASTER one more interval; not twice without hearing it. */
  readonly graceGiven: boolean;
}

/** Holding the addresses. */
export interface MasterState {
  readonly name: "MASTER";
  /** When it became MASTER. */
  readonly since: Micros;
  /** The instant on the beat of the last advert; it may be a little before that left. */
  readonly beatAt: Micros;
  /** The interval that the last advert told the peers. */
  readonly toldInterval: Micros;
  /** When the last advert left; undefined: none has left since it became MASTER. */
  readonly advertSentAt: Micros | undefined;
  /** What was true before the last advert, in case that turns out not to have left. */
  readonly beforeAdvert: Pick<MasterState, "advertSentAt" | "renewedAt">;
  /** It has told that it cannot send, and is about to let go. */
  readonly saidCannotSend: boolean;
  /** When the addresses were last added, or given a new lifetime. */
  readonly renewedAt: Micros;
  /** The second burst after becoming MASTER has not been sent. */
  readonly secondBurstOwed: boolean;
  /** When the last periodic burst was sent, or it became MASTER. */
  readonly refreshedAt: Micros;
  /** When a lower priority was last heard, until the burst that is sent when its sender has let go. */
  readonly rivalHeardAt: Micros | undefined;
  /** When a lower priority was last heard, until the burst after `garp_lower_prio_delay`. */
  readonly lowerPriorityHeardAt: Micros | undefined;
  /** How it answers adverts of lower priority and of priority 0. */
  readonly answers: Answers;
  /** Set when it leaves: no adverts any more, only the addresses until another router has them. */
  readonly handover: Handover | undefined;
}

/** A MASTER on its way out. */
export interface Handover {
  /** When it said goodbye. */
  readonly since: Micros;
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
  /** When it entered FAULT, or sent the last probe, see fault-state.ts. */
  readonly lastTryAt: Micros;
  /** Probes that were sent. */
  readonly probes: number;
  /** A probe was sent, and no failure has come back yet. */
  readonly probing: boolean;
}

/** One of the four. */
export type RouterState = InitState | BackupState | MasterState | FaultState;
