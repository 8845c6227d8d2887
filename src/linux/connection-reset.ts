/**
 * Resets the TCP connections of an address before it goes, so that their other ends connect anew at once, to the next holder: a
 * client of an address that has vanished retransmits for minutes before it gives up.
 */

import { getSystemErrorName } from "node:util";
import { parseError } from "netlink";
import { familyOf, type IpAddress } from "../base/ip-address.js";
import { type Micros, micros, milliseconds } from "../base/time.js";
import { now } from "./clock.js";
import { NetlinkSocket } from "./netlink-socket.js";
import { RequestBatches } from "./request-batches.js";
import {
  type DiagSocket,
  destroyRequest,
  listRequest,
  SOCK_DIAG_BY_FAMILY,
  socketOf,
} from "./socket-diag-messages.js";

/** linux/netlink.h */
const NETLINK_SOCK_DIAG = 4;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** Connections that are reset with one address; what is more than that is left to the timeouts of TCP. */
const MOST_SOCKETS = 4_096;

/** What one removal may spend at most: so much longer the address may be here and with its next holder. */
const LONGEST: Micros = milliseconds(30);

/** Of the thread's time, this part may go into resets in the long run. */
const SHARE = 1 / 4;

/** Connections that are reset between two looks at the clock: the kernel takes 10 to 100 µs for each. */
const SLICE = 16;

/** Addresses in one filter: its jumps are 16 bits wide. */
const MOST_ADDRESSES = 256;

/** What the kernel sends at most in one datagram of a list, bytes. */
const DATAGRAM_SIZE = 32_768;

/** The resets, in the network namespace of the thread that asks for the first one. */
export class ConnectionReset {
  readonly #notice: (text: string) => void;
  readonly #destroy = new RequestBatches({ protocol: NETLINK_SOCK_DIAG });
  #list: NetlinkSocket | undefined;
  #seq = 0;
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
   * Resets the connections that have these local addresses. Returns how many; never throws.
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
    try {
      for (let i = 0; i < addresses.length && now() < end; i += MOST_ADDRESSES)
        count += this.#resetSome(addresses.slice(i, i + MOST_ADDRESSES), end);
    } catch (error) {
      this.#giveUp((error as Error).message);
    }
    this.#budget -= now() - begun;
    return count;
  }

  /** Closes the sockets. */
  close(): void {
    this.#useless = true;
    this.#list?.close();
    this.#list = undefined;
    this.#destroy.close();
  }

  #resetSome(addresses: readonly IpAddress[], end: number): number {
    const sockets: DiagSocket[] = [];
    // Sockets of IPv6 may have addresses of both families.
    this.#collect(6, addresses, sockets, end);
    const ipv4 = addresses.filter((address) => familyOf(address) === 4);
    if (ipv4.length > 0) this.#collect(4, ipv4, sockets, end);
    let count = 0;
    for (let i = 0; i < sockets.length && now() < end; i += SLICE) {
      const requests = sockets
        .slice(i, i + SLICE)
        .map((socket) => (acknowledge: boolean, seq: number) => destroyRequest(socket, acknowledge, seq));
      const errors = this.#destroy.make(requests);
      // ENOENT: it has ended by itself meanwhile.
      const refused = errors.find((error) => error !== undefined && error !== "ENOENT");
      if (refused !== undefined) throw new Error(refused);
      count += errors.filter((error) => error === undefined).length;
    }
    return count;
  }

  /** Appends the connections; leaves off when there are too many, or the time is over. */
  #collect(family: 4 | 6, addresses: readonly IpAddress[], sockets: DiagSocket[], end: number): void {
    this.#list ??= new NetlinkSocket({
      protocol: NETLINK_SOCK_DIAG,
      groups: 0,
      receiveBufferSize: 1 << 20,
      datagramSize: DATAGRAM_SIZE,
      datagrams: 4,
    });
    this.#seq = (this.#seq + 1) >>> 0;
    this.#list.send(listRequest(family, addresses, this.#seq));
    for (;;) {
      const messages = this.#list.receive();
      for (const message of messages) {
        const { type, seq, data, flags } = message;
        if (seq !== this.#seq) continue;
        if (type === NLMSG_DONE) return;
        if (type === NLMSG_ERROR) {
          const { errno } = parseError(data, flags);
          // No IPv6 in this kernel.
          if (errno === 0 || family === 6) return;
          throw new Error(getSystemErrorName(errno));
        }
        if (type === SOCK_DIAG_BY_FAMILY) sockets.push(socketOf(message));
      }
      if (messages.length > 0 && sockets.length < MOST_SOCKETS && now() < end) continue;
      // The kernel goes on with a list as long as it is read: what is left of this one goes with the socket.
      this.#list.close();
      this.#list = undefined;
      return;
    }
  }

  #giveUp(reason: string): void {
    if (this.#useless) return;
    this.close();
    this.#notice(
      `TCP connections of virtual addresses cannot be reset (${reason}): clients notice that an address has moved when TCP does`,
    );
  }
}
