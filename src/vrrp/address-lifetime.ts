/**
 * The kernel lifetime of a MASTER's addresses. Whoever sends adverts renews it with them; when everything has died that could
 * have removed the addresses, the kernel does, before a peer takes over.
 */

import { type Micros, micros, milliseconds, seconds } from "../base/time.js";
import type { VirtualRouterConfig } from "./config.js";
import type { RouterContext } from "./router-context.js";
import type { MasterState } from "./states.js";
import { takeoverPossibleAfter } from "./timers.js";

/**
 * How much longer than told an address may stay: the kernel looks for old ones when the first is due, and then not again for a
 * second (ADDRCONF_TIMER_FUZZ_MAX of net/addrconf.h).
 */
const KERNEL_DELAY: Micros = seconds(1);

/** And so much less: the kernel counts in ticks, and rounds (ADDRCONF_TIMER_FUZZ_MINUS). */
const KERNEL_HURRY: Micros = milliseconds(50);

/** The kernel counts lifetimes in seconds, and 0 is none. */
const SHORTEST = 1;

/** For so long, µs, a renewal may be late without any effect; nobody needs them more often than twice in the shortest lifetime. */
const TOLERANCE: Micros = seconds(0.5);

/** When an address goes, and when it is renewed. */
export interface AddressLifetime {
  /** `valid_lft`, whole seconds, at least 1. */
  readonly seconds: number;
  /** Least time from one renewal to the next as long as adverts come on time, µs. */
  readonly renewal: Micros;
}

/**
 * The longest lifetime after which the addresses are gone before a peer can have taken over, the kernel's delay included, if they
 * are renewed with the last advert. With advert intervals below 2/3 s that is less than the shortest lifetime there is. Undefined
 * where addresses stay until they are removed.
 */
export function addressLifetime(config: VirtualRouterConfig): AddressLifetime | undefined {
  if (!config.addressLifetimes) return undefined;
  const { advertInterval } = config;
  const whole = Math.floor((takeoverPossibleAfter(config) - KERNEL_DELAY) / seconds(1));
  const lifetime = Math.max(SHORTEST, whole);
  if (seconds(lifetime) >= advertInterval + TOLERANCE)
    return { seconds: lifetime, renewal: micros(Math.max(advertInterval, TOLERANCE)) };
  // Adverts are too rare for it: there are renewals in between, at equal distances.
  const parts = Math.ceil((2 * advertInterval) / seconds(lifetime));
  return { seconds: lifetime, renewal: micros(advertInterval / parts) };
}

/** What a MASTER knows when it has just renewed, or added, its addresses. */
export function renewedNow(now: Micros): Pick<MasterState, "renewedAt"> {
  return { renewedAt: now };
}

/**
 * To be called when an advert was sent. Not every one renews: not where they are frequent, and not an answer to a rival that follows
 * another one closely, as somebody may provoke many of them.
 */
export function renewWithAdvert(context: RouterContext, state: MasterState, now: Micros): MasterState {
  const lifetime = addressLifetime(context.config);
  if (lifetime === undefined) return state;
  const age = now - state.renewedAt;
  const next = age + context.config.advertInterval;
  return age * 4 >= lifetime.renewal && next > lifetime.renewal ? renew(context, state, now) : state;
}

/** True when nobody has renewed the addresses for so long that they may have gone by themselves. */
export function mayHaveExpired(config: VirtualRouterConfig, state: MasterState, now: Micros): boolean {
  const lifetime = addressLifetime(config);
  return lifetime !== undefined && now - state.renewedAt >= seconds(lifetime.seconds) - KERNEL_HURRY;
}

/** Adds them again if they may have gone, where nobody else can have them yet. */
export function restoreAddresses(context: RouterContext, state: MasterState, now: Micros): MasterState {
  if (!mayHaveExpired(context.config, state, now)) return state;
  const { name: instance, garp } = context.config;
  context.emit({ kind: "AddressesRestored", instance });
  context.act({ kind: "AddAddresses" });
  // One that is still there is left as it is by that, and about to go.
  context.act({ kind: "RenewAddresses" });
  context.act({ kind: "Announce", copies: garp.masterRepeat });
  return { ...state, ...renewedNow(now) };
}

function renew(context: RouterContext, state: MasterState, now: Micros): MasterState {
  context.act({ kind: "RenewAddresses" });
  return { ...state, ...renewedNow(now) };
}
