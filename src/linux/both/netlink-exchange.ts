/** One netlink request and its answers, on a socket of its own: for the rare requests of the main thread. */

import { type NetlinkMessage, parseError } from "netlink/dist/structs.js";
import { NetlinkSocket } from "./netlink-socket.js";
import { SyscallError } from "./syscall-error.js";

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** What a request is about, for the error that it may end with. */
export interface NetlinkExchange {
  /** The request: `RTM_NEWLINK up`. */
  readonly syscall: string;
  /** What it is made on: `eth0`. */
  readonly object: string;
  /** NETLINK_* of linux/netlink.h; default NETLINK_ROUTE. */
  readonly protocol?: number;
}

/**
 * Sends one request and collects the answers, as far as the end of a listing or an acknowledgement.
 * @param format writes the request with this sequence number.
 * @returns the answers; their bytes may be kept.
 * @throws {SyscallError} with the errno that the kernel answers.
 */
export function exchange(about: NetlinkExchange, format: (seq: number) => Buffer): NetlinkMessage[] {
  const { syscall, object, protocol } = about;
  const socket = new NetlinkSocket({
    ...(protocol === undefined ? {} : { protocol }),
    groups: 0,
    receiveBufferSize: 1 << 20,
    datagramSize: 1 << 16,
    datagrams: 8,
  });
  try {
    socket.send(format(1));
    const answers: NetlinkMessage[] = [];
    for (;;) {
      const messages = socket.receive();
      if (messages.length === 0) return answers;
      for (const { type, data, flags, ...rest } of messages) {
        if (type === NLMSG_DONE) return answers;
        if (type === NLMSG_ERROR) {
          const { errno } = parseError(data, flags);
          if (errno !== 0) throw new SyscallError({ syscall, object, errno: Math.abs(errno) });
          return answers;
        }
        // The bytes belong to the socket only until the next call.
        answers.push({ type, flags, data: Buffer.from(data), ...rest });
      }
    }
  } finally {
    socket.close();
  }
}
