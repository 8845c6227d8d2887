/** The kernel lifetimes of what a member holds, as its router sets them. */

import { type Micros, micros, milliseconds } from "../base/time.js";
import { addressLifetime, expiryOf } from "../vrrp/address-lifetime.js";
import type { Member } from "./member.js";

/** The kernel counts in ticks, and rounds (ADDRCONF_TIMER_FUZZ_MINUS of net/addrconf.h): an address may go this much early. */
const KERNEL_HURRY: Micros = milliseconds(50);

/** Seconds that the addresses of a member live without a renewal; undefined: for ever. */
export function lifetimeOf(member: Member): number | undefined {
  return addressLifetime(member.instance)?.seconds;
}

/** For how long, µs, the adverts of a member have been due when its addresses have gone by themselves; undefined if they cannot have. */
export function overdue(member: Member, now: Micros): Micros | undefined {
  const { state } = member.router.snapshot();
  if (state.name !== "MASTER" || state.handover !== undefined) return undefined;
  const expiry = expiryOf(member.instance, state);
  if (expiry === undefined || now < expiry - KERNEL_HURRY) return undefined;
  return micros(Math.max(0, now - state.advertAt));
}
