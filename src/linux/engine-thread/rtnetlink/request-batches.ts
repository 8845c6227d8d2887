/**
 * Many requests to rtnetlink at a time: one send for up to a thousand of them. Only the last request of a send asks for an
 * acknowledgement; refusals are always answered, under the sequence number of the request.
 */

import { getSystemErrorName } from "node:util";
import { getPadding, parseError } from "netlink/dist/structs.js";
import { NetlinkSocket } from "../../both/netlink-socket.js";
import { SyscallError } from "../../both/syscall-error.js";

/** Makes the message of one request. */
export type RequestBuilder = (acknowledge: boolean, seq: number) => Buffer;

const RECEIVE_BUFFER_SIZE = 4 << 20;

/** What one refusal may cost of the receive buffer, bytes: the message, a copy of the request, the kernel's bookkeeping. */
const REFUSAL_COST = 1_536;

/** Requests in one send at most; together they are far smaller than the send buffer. */
const LARGEST_BATCH = 1_000;

const NLMSG_ERROR = 2;

/** Options of the requests. */
export interface RequestBatchesOptions {
  /** NETLINK_* of linux/netlink.h; default NETLINK_ROUTE. */
  readonly protocol?: number;
  /** SO_RCVBUF, bytes. */
  readonly receiveBufferSize?: number;
}

/** A socket for requests, in the network namespace of the thread that makes the first one. */
export class RequestBatches {
  readonly #protocol: number | undefined;
  readonly #receiveBufferSize: number;
  #socket: NetlinkSocket | undefined;
  #seq = 0;
  #sends = 0;
  #closed = false;

  constructor(options: RequestBatchesOptions = {}) {
    this.#protocol = options.protocol;
    this.#receiveBufferSize = options.receiveBufferSize ?? RECEIVE_BUFFER_SIZE;
  }

  /** Sends so far. */
  get sends(): number {
    return this.#sends;
  }

  /**
   * Makes all requests, in their order; the kernel is done when the call returns. Never throws: the result has the name of the
   * errno, such as `EPERM`, for each request that was refused, and undefined for the others.
   */
  make(requests: readonly RequestBuilder[]): (string | undefined)[] {
    const errors: (string | undefined)[] = [];
    for (let start = 0; start < requests.length; ) {
      const part = requests.slice(start, start + this.#batchSize());
      start += part.length;
      errors.push(...this.#makePart(part));
    }
    return errors;
  }

  /** Closes the socket; every later request fails with `ECANCELED`. */
  close(): void {
    this.#closed = true;
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** So many that even the refusal of every single one fits into the receive buffer. */
  #batchSize(): number {
    const fitting = Math.floor((this.#socket?.receiveBufferSize ?? this.#receiveBufferSize) / REFUSAL_COST);
    return Math.max(1, Math.min(fitting, LARGEST_BATCH));
  }

  #makePart(part: readonly RequestBuilder[]): (string | undefined)[] {
    const firstSeq = (this.#seq + 1) >>> 0;
    this.#seq = (this.#seq + part.length) >>> 0;
    const answers = new Map<number, string | undefined>();
    let otherwise = "EIO";
    try {
      const socket = this.#openSocket();
      this.#sends++;
      socket.send(datagramOf(part, firstSeq));
      readAnswers(socket, part.length, firstSeq, answers);
    } catch (error) {
      // A socket that lost something is of no use any more; the next request opens another.
      this.#socket?.close();
      this.#socket = undefined;
      otherwise = this.#closed ? "ECANCELED" : error instanceof SyscallError ? error.code : "EBADMSG";
    }
    const complete = answers.has(part.length - 1);
    // What became of the unanswered is unknown then: better a false alarm than something missing that nobody tells of.
    return part.map((_, i) => (complete || answers.has(i) ? answers.get(i) : otherwise));
  }

  #openSocket(): NetlinkSocket {
    if (this.#closed) throw new Error("the requests are closed");
    this.#socket ??= new NetlinkSocket({
      ...(this.#protocol === undefined ? {} : { protocol: this.#protocol }),
      groups: 0,
      receiveBufferSize: this.#receiveBufferSize,
      datagramSize: 2_048,
      datagrams: 64,
    });
    return this.#socket;
  }
}

/** Fills `answers`, by position, until the last request is answered or nothing more has come. */
function readAnswers(
  socket: NetlinkSocket,
  count: number,
  firstSeq: number,
  answers: Map<number, string | undefined>,
): void {
  while (!answers.has(count - 1)) {
    const messages = socket.receive();
    if (messages.length === 0) return;
    for (const { type, seq, data, flags } of messages) {
      const position = (seq - firstSeq) >>> 0;
      if (type !== NLMSG_ERROR || position >= count) continue;
      const { errno } = parseError(data, flags);
      answers.set(position, errno === 0 ? undefined : getSystemErrorName(errno));
    }
  }
}

function datagramOf(part: readonly RequestBuilder[], firstSeq: number): Buffer {
  const pieces: Uint8Array[] = [];
  for (const [position, build] of part.entries()) {
    const request = build(position === part.length - 1, (firstSeq + position) >>> 0);
    pieces.push(request, getPadding(request.length));
  }
  return Buffer.concat(pieces);
}
