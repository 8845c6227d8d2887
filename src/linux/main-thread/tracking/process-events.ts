/**
 * News about processes from the kernel's process connector (linux/cn_proc.h), a netlink socket. Only a process in the machine's
 * own network, process and user namespaces gets any.
 */

import { writeSync } from "node:fs";
import { type Descriptor, native } from "../../both/native.js";
import { Readiness } from "../../both/readiness.js";
import { attemptSyscall } from "../../both/syscall-error.js";

const { constants } = native;

const OBJECT = "process connector";

/** linux/netlink.h, linux/connector.h, linux/cn_proc.h */
const AF_NETLINK = 16;
const NETLINK_CONNECTOR = 11;
const NLMSG_DONE = 3;
const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;
const PROC_CN_MCAST_LISTEN = 1;

const EVENT_NONE = 0;
const EVENT_FORK = 0x1;
const EVENT_EXEC = 0x2;
const EVENT_COMM = 0x200;
const EVENT_EXIT = 0x8000_0000;

/** nlmsghdr 16, cn_msg 20; then `struct proc_event`: what, cpu, timestamp, and from offset 16 the event's data. */
const HEADER = 36;
const EVENT_DATA = HEADER + 16;
const DATAGRAM_SIZE = 128;
const DATAGRAMS = 64;
const BATCHES_PER_TURN = 16;
const ENOBUFS = 105;

/** Room for thousands of events while the thread is busy, bytes. */
const RECEIVE_BUFFER = 1 << 20;

/** One thing that happened; threads of a process are left out. */
export type ProcessEvent =
  | { readonly kind: "forked"; readonly parent: number; readonly child: number }
  | { readonly kind: "executed"; readonly pid: number }
  | { readonly kind: "renamed"; readonly pid: number; readonly shortName: string }
  | { readonly kind: "ended"; readonly pid: number };

/** Who is told. */
export interface ProcessEventsListener {
  event(event: ProcessEvent): void;
  /** The kernel confirms: events come. */
  confirmed(): void;
  /** Events were lost: look at everything anew. */
  lost(): void;
}

/** Settings of the socket. */
export interface ProcessEventsOptions {
  /** `process_monitor_rcv_bufs`, bytes; absent: Vigil's own. */
  readonly receiveBuffer?: number | undefined;
}

/** A subscription. */
export class ProcessEvents {
  readonly #listener: ProcessEventsListener;
  readonly #descriptor: Descriptor;
  readonly #readiness: Readiness;
  readonly #data = new Uint8Array(DATAGRAMS * DATAGRAM_SIZE);
  readonly #addresses = new Uint8Array(DATAGRAMS * constants.ADDRESS_STRIDE);
  readonly #columns = new Int32Array(DATAGRAMS * constants.COLUMN_STRIDE);
  #open = true;

  /**
   * Asks for events; {@link ProcessEventsListener.confirmed} follows, or nothing where the kernel has none for us.
   * @throws {SyscallError} where it says so: ECONNREFUSED in a network namespace other than the machine's.
   */
  constructor(listener: ProcessEventsListener, options: ProcessEventsOptions = {}) {
    this.#listener = listener;
    const descriptor = attemptSyscall("socket", OBJECT, () =>
      native.openSocket(AF_NETLINK, constants.SOCK_DGRAM, NETLINK_CONNECTOR),
    );
    this.#descriptor = descriptor;
    try {
      setReceiveBuffer(descriptor, options.receiveBuffer ?? RECEIVE_BUFFER);
      attemptSyscall("bind", OBJECT, () => native.bind(descriptor, groupAddress()));
      attemptSyscall("write", OBJECT, () => writeSync(descriptor, listenRequest()));
      this.#readiness = new Readiness(descriptor, () => this.#receive());
    } catch (error) {
      native.close(descriptor);
      throw error;
    }
  }

  /** Nobody is told anything any more. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#readiness.close();
    native.close(this.#descriptor);
  }

  #receive(): void {
    for (let batch = 0; batch < BATCHES_PER_TURN && this.#open; batch++) {
      const columns = this.#columns;
      const count = native.receiveBatch(
        this.#descriptor,
        this.#data,
        DATAGRAM_SIZE,
        0,
        this.#addresses,
        columns,
      );
      if (count === -ENOBUFS) this.#listener.lost();
      if (count <= 0) return;
      for (let i = 0; i < count && this.#open; i++) {
        const row = i * constants.COLUMN_STRIDE;
        const start = columns[row + constants.COLUMN_OFFSET] ?? 0;
        const length = columns[row + constants.COLUMN_LENGTH] ?? 0;
        this.#take(Buffer.from(this.#data.buffer, start, length));
      }
    }
  }

  #take(bytes: Buffer): void {
    if (bytes.length < EVENT_DATA + 16) return;
    const field = (at: number) => readU32(bytes, EVENT_DATA + at);
    switch (readU32(bytes, HEADER)) {
      case EVENT_NONE:
        this.#listener.confirmed();
        break;
      case EVENT_FORK: {
        // parent pid, parent tgid, child pid, child tgid: a thread has the tgid of its process.
        const child = field(12);
        if (field(8) === child) this.#listener.event({ kind: "forked", parent: field(4), child });
        break;
      }
      case EVENT_EXEC:
        if (field(0) === field(4)) this.#listener.event({ kind: "executed", pid: field(4) });
        break;
      case EVENT_COMM: {
        if (field(0) !== field(4)) break;
        const text = bytes.toString("utf8", EVENT_DATA + 8, EVENT_DATA + 24);
        const end = text.indexOf("\0");
        const shortName = end < 0 ? text : text.slice(0, end);
        this.#listener.event({ kind: "renamed", pid: field(4), shortName });
        break;
      }
      case EVENT_EXIT:
        if (field(0) === field(4)) this.#listener.event({ kind: "ended", pid: field(4) });
        break;
    }
  }
}

/** `struct sockaddr_nl` with port 0, which the kernel chooses, and the group of process events. */
function groupAddress(): Uint8Array {
  const address = new Uint8Array(12);
  new Uint16Array(address.buffer)[0] = AF_NETLINK;
  new Uint32Array(address.buffer)[2] = CN_IDX_PROC;
  return address;
}

/** nlmsghdr, cn_msg and the operation. */
function listenRequest(): Uint8Array {
  const bytes = new Uint8Array(HEADER + 4);
  const halves = new Uint16Array(bytes.buffer);
  const words = new Uint32Array(bytes.buffer);
  words[0] = bytes.length;
  halves[2] = NLMSG_DONE;
  words[4] = CN_IDX_PROC;
  words[5] = CN_VAL_PROC;
  halves[16] = 4;
  words[9] = PROC_CN_MCAST_LISTEN;
  return bytes;
}

function setReceiveBuffer(descriptor: Descriptor, bytes: number): void {
  try {
    native.setOption(descriptor, constants.SOL_SOCKET, constants.SO_RCVBUFFORCE, bytes);
  } catch {
    attemptSyscall("setsockopt SO_RCVBUF", OBJECT, () =>
      native.setOption(descriptor, constants.SOL_SOCKET, constants.SO_RCVBUF, bytes),
    );
  }
}

/** In the machine's byte order. */
function readU32(bytes: Buffer, at: number): number {
  return LITTLE_ENDIAN ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
