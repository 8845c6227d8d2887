/** The kernel lifetimes of what a member holds, as its router sets them. */

import { type Micros, micros } from "../../base/time.js";
import { addressLifetime, mayHaveExpired } from "../../vrrp/address-lifetime.js";
import { advertDueAt } from "../../vrrp/advertise.js";
import type { Member } from "../member.js";

/** Seconds that the addresses of a member live without a renewal; undefined: for ever. */
export function lifetimeOf(member: Member): number | undefined {
  return addressLifetime(member.instance)?.seconds;
}

/** For how long, µs, an advert has been due when the addresses may have gone by themselves; undefined when they cannot have. */
export function overdue(member: Member, now: Micros): Micros | undefined {
  const { state } = member.router.snapshot();
  if (state.name !== "MASTER" || state.handover !== undefined) return undefined;
  if (!mayHaveExpired(member.instance, state, now)) return undefined;
  return micros(Math.max(0, now - advertDueAt(member.instance, state)));
}
