/**
 * Resets the TCP connections of an address before it goes, so that their other ends connect anew at once, to the next holder: a
 * client of an address that has vanished retransmits for minutes before it gives up.
 */

import type { IpAddress } from "../../../base/ip-address.js";
import { type Micros, micros, milliseconds } from "../../../base/time.js";
import { now } from "../../both/clock.js";
import { RequestBatches } from "../rtnetlink/request-batches.js";
import { ConnectionList, MOST_ADDRESSES, NETLINK_SOCK_DIAG } from "./connection-list.js";
import { ConnectionNudge } from "./connection-nudge.js";
import { type DiagSocket, destroyRequest } from "./socket-diag-messages.js";

/** Connections that are reset with one address; the other ends of more than that are nudged. */
const MOST_SOCKETS = 4_096;

/** What one removal may spend at most: so much longer the address may be here and with its next holder. */
const LONGEST: Micros = milliseconds(30);

/** Of the thread's time, this part may go into resets in the long run. */
const SHARE = 1 / 4;

/** Connections that are reset between two looks at the clock: the kernel takes 10 to 100 µs for each. */
const SLICE = 16;

/** Of one call: how many were reset, and whether these were all. */
interface Outcome {
  readonly count: number;
  readonly all: boolean;
}

const NOTHING: Outcome = { count: 0, all: false };

/** The resets, in the network namespace of the thread that asks for the first one. */
export class ConnectionReset {
  readonly #notice: (text: string) => void;
  readonly #destroy = new RequestBatches({ protocol: NETLINK_SOCK_DIAG });
  readonly #list = new ConnectionList(4);
  readonly #nudge = new ConnectionNudge();
  /** Time in hand, µs, as of `#readAt`. */
  #budget = 0;
  #readAt: Micros = micros(0);
  /** The kernel cannot, or we may not. */
  #useless = false;

  /** @param notice called once when there are no resets on this system. */
  constructor(notice: (text: string) => void) {
    this.#notice = notice;
  }

  /**
   * Resets the connections that have these local addresses, which are about to leave. Returns how many; never throws. Where the
   * time is too short for all, the other ends of the rest are nudged afterwards.
   * @param patience what the thread's other work can wait, µs.
   */
  reset(addresses: readonly IpAddress[], patience: Micros): number {
    if (this.#useless || addresses.length === 0) return 0;
    const begun = now();
    const limit = Math.min(LONGEST, patience);
    this.#budget = Math.min(limit, this.#budget + (begun - this.#readAt) * SHARE);
    this.#readAt = begun;
    const end = begun + this.#budget;
    let count = 0;
    const rest: (readonly IpAddress[])[] = [];
    try {
      for (let i = 0; i < addresses.length; i += MOST_ADDRESSES) {
        const some = addresses.slice(i, i + MOST_ADDRESSES);
        const done = now() < end ? this.#resetSome(some, end) : NOTHING;
        count += done.count;
        if (!done.all) rest.push(some);
      }
    } catch (error) {
      this.#giveUp((error as Error).message);
    }
    this.#budget -= now() - begun;
    if (!this.#useless) for (const some of rest) this.#nudge.begin(some);
    return count;
  }

  /** Closes the sockets. */
  close(): void {
    this.#useless = true;
    this.#list.close();
    this.#destroy.close();
    this.#nudge.close();
  }

  #resetSome(addresses: readonly IpAddress[], end: number): Outcome {
    const sockets: DiagSocket[] = [];
    // Sockets of IPv6 may have addresses of both families.
    let all = this.#collect(6, addresses, sockets, end);
    if (all) all = this.#collect(4, addresses, sockets, end);
    let count = 0;
    let tried = 0;
    for (; tried < sockets.length && now() < end; tried += SLICE) {
      const requests = sockets
        .slice(tried, tried + SLICE)
        .map((socket) => (acknowledge: boolean, seq: number) => destroyRequest(socket, acknowledge, seq));
      const errors = this.#destroy.make(requests);
      // ENOENT: it has ended by itself meanwhile.
      const refused = errors.find((error) => error !== undefined && error !== "ENOENT");
      if (refused !== undefined) throw new Error(refused);
      count += errors.filter((error) => error === undefined).length;
    }
    return { count, all: all && tried >= sockets.length };
  }

  /** Appends the connections; leaves off when there are too many, or the time is over. @returns whether these are all. */
  #collect(family: 4 | 6, addresses: readonly IpAddress[], sockets: DiagSocket[], end: number): boolean {
    for (const some of this.#list.of(family, addresses)) {
      sockets.push(...some);
      if (sockets.length >= MOST_SOCKETS || now() >= end) return false;
    }
    return true;
  }

  #giveUp(reason: string): void {
    if (this.#useless) return;
    this.close();
    this.#notice(
      `TCP connections of virtual addresses cannot be reset (${reason}): clients notice that an address has moved when TCP does`,
    );
  }
}
