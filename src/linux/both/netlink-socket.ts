/**
 * A netlink socket (netlink(7)), of rtnetlink unless told otherwise, over the native addon. The messages are those of the `netlink` package; its own socket
 * cannot be used, since it aborts the process when the kernel reports lost messages (ENOBUFS).
 */

import { writeSync } from "node:fs";
import { constants as osConstants } from "node:os";
import { type NetlinkMessage, parseMessages } from "netlink/dist/structs.js";
import { type Descriptor, native } from "./native.js";
import { attemptSyscall, SyscallError } from "./syscall-error.js";

const { constants } = native;

/** linux/socket.h, linux/netlink.h */
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
const MSG_TRUNC = 0x20;

/** Bytes of requests that may be under way. */
const SEND_BUFFER_SIZE = 1 << 20;

const OBJECT = "rtnetlink";

/** Options of a socket. */
export interface NetlinkSocketOptions {
  /** NETLINK_* of linux/netlink.h; default NETLINK_ROUTE. */
  readonly protocol?: number;
  /** Multicast groups to subscribe to: a mask of RTMGRP_* of linux/rtnetlink.h. */
  readonly groups: number;
  /** SO_RCVBUF, bytes; beyond net.core.rmem_max with CAP_NET_ADMIN. */
  readonly receiveBufferSize: number;
  /** Longest datagram that can be received, bytes; a longer one fails with EMSGSIZE. */
  readonly datagramSize: number;
  /** Datagrams that one call receives at most. */
  readonly datagrams: number;
}

/** The socket; it does not watch itself for readiness. */
export class NetlinkSocket {
  /** For the event loop. */
  readonly descriptor: Descriptor;
  readonly #data: Uint8Array;
  readonly #datagramSize: number;
  readonly #addresses: Uint8Array;
  readonly #columns: Int32Array;
  #open = true;

  /**
   * In the calling thread's network namespace.
   * @throws {SyscallError}
   */
  constructor(options: NetlinkSocketOptions) {
    const { datagramSize, datagrams } = options;
    this.#datagramSize = datagramSize;
    this.#data = new Uint8Array(datagrams * datagramSize);
    this.#addresses = new Uint8Array(datagrams * constants.ADDRESS_STRIDE);
    this.#columns = new Int32Array(datagrams * constants.COLUMN_STRIDE);
    this.descriptor = attemptSyscall("socket", OBJECT, () =>
      native.openSocket(AF_NETLINK, constants.SOCK_RAW, options.protocol ?? NETLINK_ROUTE),
    );
    try {
      setBuffer(this.descriptor, "SO_RCVBUF", options.receiveBufferSize);
      setBuffer(this.descriptor, "SO_SNDBUF", SEND_BUFFER_SIZE);
      attemptSyscall("bind", OBJECT, () => native.bind(this.descriptor, ownAddress(options.groups)));
    } catch (error) {
      native.close(this.descriptor);
      throw error;
    }
  }

  /** What the kernel granted of the receive buffer, bytes of its own accounting. */
  get receiveBufferSize(): number {
    return native.getOption(this.descriptor, constants.SOL_SOCKET, constants.SO_RCVBUF);
  }

  /**
   * Sends one datagram of one or more requests to the kernel, which has carried them out, and queued its answers, on return.
   * @throws {SyscallError}
   */
  send(datagram: Uint8Array): void {
    // write(2) on a netlink socket sends to the kernel, and never waits here.
    attemptSyscall("write", OBJECT, () => writeSync(this.descriptor, datagram));
  }

  /**
   * What has arrived, at most as many datagrams as one call takes; empty when nothing waits. The messages are valid until the
   * next call.
   * @throws {SyscallError} ENOBUFS when the kernel had to drop messages, EMSGSIZE for a datagram that is too long.
   * @throws {Error} when a message is malformed.
   */
  receive(): NetlinkMessage[] {
    const columns = this.#columns;
    const count = native.receiveBatch(
      this.descriptor,
      this.#data,
      this.#datagramSize,
      0,
      this.#addresses,
      columns,
    );
    if (count < 0) throw new SyscallError({ syscall: "recvmmsg", object: OBJECT, errno: -count });
    const messages: NetlinkMessage[] = [];
    for (let i = 0; i < count; i++) {
      const row = i * constants.COLUMN_STRIDE;
      if (((columns[row + constants.COLUMN_RESULT] ?? 0) & MSG_TRUNC) !== 0) {
        throw new SyscallError({
          syscall: "recvmmsg",
          object: OBJECT,
          errno: osConstants.errno.EMSGSIZE,
        });
      }
      const start = columns[row + constants.COLUMN_OFFSET] ?? 0;
      const length = columns[row + constants.COLUMN_LENGTH] ?? 0;
      messages.push(...parseMessages(Buffer.from(this.#data.buffer, start, length)));
    }
    return messages;
  }

  /** Closes it; whoever watches it must have stopped. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    native.close(this.descriptor);
  }
}

/** Beyond the limit of the system if we may. */
function setBuffer(descriptor: Descriptor, option: "SO_RCVBUF" | "SO_SNDBUF", bytes: number): void {
  try {
    native.setOption(descriptor, constants.SOL_SOCKET, constants[`${option}FORCE`], bytes);
  } catch {
    attemptSyscall(`setsockopt ${option}`, OBJECT, () =>
      native.setOption(descriptor, constants.SOL_SOCKET, constants[option], bytes),
    );
  }
}

/** `struct sockaddr_nl` with port 0: the kernel chooses. */
function ownAddress(groups: number): Uint8Array {
  const address = new Uint8Array(12);
  new Uint16Array(address.buffer)[0] = AF_NETLINK;
  new Uint32Array(address.buffer)[2] = groups;
  return address;
}
