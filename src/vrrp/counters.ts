/** What a virtual router counts; the rows of keepalived.stats and RFC 8347 statistics are made from it. */

import { DROP_REASONS, type DropReason } from "../wire/drop-reason.js";

/** Mutable counters of one virtual router, kept over reloads. */
export interface RouterCounters {
  advertisementsReceived: number;
  /** One per advert, also for several unicast peers; priority 0 included. */
  advertisementsSent: number;
  becameMaster: number;
  releasedMaster: number;
  priorityZeroReceived: number;
  /** One per leaving of MASTER, also where FAULT sends two packets. */
  priorityZeroSent: number;
  /** VRRPv2 PDUs accepted in spite of a differing address list. */
  addressListDiffers: number;
  /** Adverts of lower priority or priority 0 that were answered together with others. */
  answersWithheld: number;
  readonly dropped: Record<DropReason, number>;
}

/** All zero. */
export function newCounters(): RouterCounters {
  return {
    advertisementsReceived: 0,
    advertisementsSent: 0,
    becameMaster: 0,
    releasedMaster: 0,
    priorityZeroReceived: 0,
    priorityZeroSent: 0,
    addressListDiffers: 0,
    answersWithheld: 0,
    dropped: Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>,
  };
}
