/** Lists of TCP connections by local address, from NETLINK_SOCK_DIAG. */

import { getSystemErrorName } from "node:util";
import { parseError } from "netlink/dist/structs.js";
import { type Family, familyOf, type IpAddress } from "../../../base/ip-address.js";
import { NetlinkSocket } from "../../both/netlink-socket.js";
import { type DiagSocket, listRequest, SOCK_DIAG_BY_FAMILY, socketOf } from "./socket-diag-messages.js";

/** linux/netlink.h */
export const NETLINK_SOCK_DIAG = 4;
/** Addresses in one filter: its jumps are 16 bits wide. */
export const MOST_ADDRESSES = 256;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** What the kernel sends at most in one datagram of a list, bytes. */
const DATAGRAM_SIZE = 32_768;

/** One list at a time, in the network namespace of the thread that asks for the first one. */
export class ConnectionList {
  readonly #datagrams: number;
  #socket: NetlinkSocket | undefined;
  #seq = 0;

  /** @param datagrams that are read at a time, of some hundred connections each. */
  constructor(datagrams: number) {
    this.#datagrams = datagrams;
  }

  /**
   * Some connections at a time; whoever has enough leaves off.
   * @param addresses {@link MOST_ADDRESSES} at most.
   * @param family of the sockets: those of IPv6 may have addresses of both families.
   * @throws {Error} with the name of the errno, and those of the socket.
   */
  *of(family: Family, addresses: readonly IpAddress[]): Generator<readonly DiagSocket[], void> {
    const fitting = family === 6 ? addresses : addresses.filter((address) => familyOf(address) === 4);
    if (fitting.length === 0) return;
    this.#socket ??= new NetlinkSocket({
      protocol: NETLINK_SOCK_DIAG,
      groups: 0,
      receiveBufferSize: 1 << 20,
      datagramSize: DATAGRAM_SIZE,
      datagrams: this.#datagrams,
    });
    const socket = this.#socket;
    this.#seq = (this.#seq + 1) >>> 0;
    const seq = this.#seq;
    let ended = false;
    try {
      socket.send(listRequest(family, fitting, seq));
      while (!ended) {
        const messages = socket.receive().filter((message) => message.seq === seq);
        if (messages.length === 0) return;
        const refusal = messages.find(({ type }) => type === NLMSG_ERROR);
        const last = messages.some(({ type }) => type === NLMSG_DONE);
        if (refusal !== undefined) {
          ended = true;
          const { errno } = parseError(refusal.data, refusal.flags);
          // No IPv6 in this kernel.
          if (errno !== 0 && family === 4) throw new Error(getSystemErrorName(errno));
        }
        const sockets = messages.filter(({ type }) => type === SOCK_DIAG_BY_FAMILY).map(socketOf);
        ended ||= last;
        if (sockets.length > 0) yield sockets;
      }
    } finally {
      // The kernel goes on with a list as long as it is read: what is left of this one goes with the socket.
      if (!ended) this.close();
    }
  }

  /** Closes the socket; the next list opens another. */
  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}
