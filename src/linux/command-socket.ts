/**
 * One rtnetlink socket for requests that change something (rtnetlink(7)), one batch at a time. Only the last message of a batch
 * asks for an acknowledgement; refusals are always answered, under the sequence number of the request.
 */

import { getSystemErrorName } from "node:util";
import { getPadding, Protocol, parseError, parseMessages, RawNetlinkSocket } from "netlink";
import type { RequestLabel } from "./rtnetlink-messages.js";

/** Makes a request. @param acknowledge whether it has to ask for an answer to a success too. */
export type RequestMaker = (acknowledge: boolean, label: RequestLabel) => Buffer;

/** Errno names of refused requests, such as `EEXIST`, by position in the batch. */
export type Refusals = ReadonlyMap<number, string>;

/** What one refusal may cost of the receive buffer, bytes: the message, a copy of the request, the kernel's bookkeeping. */
const REFUSAL_COST = 1_536;

/** Requests in one send at most: they fit into a send buffer of the kernel's default size. */
const LARGEST_BATCH = 1_000;

/** Far more than the largest batch. */
const SEND_BUFFER_SIZE = 1 << 20;

const NLMSG_ERROR = 2;

interface Batch {
  readonly count: number;
  readonly firstSeq: number;
  readonly refusals: Map<number, string>;
  readonly finish: (refusals: Refusals) => void;
  sent: boolean;
  acknowledged: boolean;
}

/** The socket. Belongs to the network namespace of the process. */
export class CommandSocket {
  readonly #socket: RawNetlinkSocket;
  readonly #port: number;
  readonly #onIdle: () => void;
  readonly #onBroken: () => void;
  #seq = 1;
  #batch: Batch | undefined;
  #broken = false;

  /**
   * @param receiveBufferSize SO_RCVBUF, bytes; the kernel caps it at net.core.rmem_max.
   * @param onIdle called whenever a batch has ended.
   * @param onBroken called once if the socket fails; its batch has ended then, and it takes no more.
   * @throws {Error} with `code` when the socket cannot be opened.
   */
  constructor(receiveBufferSize: number, onIdle: () => void, onBroken: () => void) {
    this.#socket = new RawNetlinkSocket(Protocol.ROUTE, {
      recvBufferSize: receiveBufferSize,
      sendBufferSize: SEND_BUFFER_SIZE,
    });
    this.#port = this.#socket.address().port;
    this.#onIdle = onIdle;
    this.#onBroken = onBroken;
    this.#socket.on("message", (data) => this.#receive(data));
    this.#socket.on("truncatedMessage", () => this.#break("EMSGSIZE"));
    this.#socket.on("error", (error) => this.#break(error.code ?? "EIO"));
  }

  /** So many requests that even the refusal of every single one fits into the receive buffer. */
  get capacity(): number {
    const fitting = Math.floor(this.#socket.getRecvBufferSize() / REFUSAL_COST);
    return Math.max(1, Math.min(fitting, LARGEST_BATCH));
  }

  /** True when a batch may be sent. */
  get idle(): boolean {
    return this.#batch === undefined && !this.#broken;
  }

  /**
   * Sends 1…{@link capacity} requests in one system call. The kernel has carried them out when this returns. `finish` gets its
   * answer, never from within this call.
   */
  send(requests: readonly RequestMaker[], finish: (refusals: Refusals) => void): void {
    const count = requests.length;
    const firstSeq = this.#seq;
    this.#seq = (this.#seq + count) >>> 0;
    const batch: Batch = {
      count,
      firstSeq,
      refusals: new Map(),
      finish,
      sent: false,
      acknowledged: false,
    };
    this.#batch = batch;
    const parts: Uint8Array[] = [];
    for (const [position, make] of requests.entries()) {
      const request = make(position === count - 1, { seq: (firstSeq + position) >>> 0, port: this.#port });
      parts.push(request, getPadding(request.length));
    }
    this.#socket.send(Buffer.concat(parts), undefined, (error) => {
      if (error !== undefined) {
        this.#break(error.code ?? "EIO");
        return;
      }
      batch.sent = true;
      this.#endIfComplete(batch);
    });
  }

  /** Ends the batch under way, everything unanswered with `ECANCELED`, and closes the socket. */
  close(): void {
    this.#break("ECANCELED");
  }

  #receive(data: Buffer): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    try {
      for (const message of parseMessages(data)) {
        if (message.type !== NLMSG_ERROR) continue;
        const position = (message.seq - batch.firstSeq) >>> 0;
        if (position >= batch.count) continue;
        const { errno } = parseError(message.data, message.flags);
        if (errno !== 0) batch.refusals.set(position, getSystemErrorName(errno));
        if (position === batch.count - 1) batch.acknowledged = true;
      }
    } catch {
      // Nothing of the kernel is unreadable unless the socket delivers something broken.
      this.#break("EBADMSG");
      return;
    }
    this.#endIfComplete(batch);
  }

  #endIfComplete(batch: Batch): void {
    if (this.#batch !== batch || !batch.sent || !batch.acknowledged) return;
    this.#batch = undefined;
    batch.finish(batch.refusals);
    this.#onIdle();
  }

  /** What became of the requests without an answer is unknown: they count as failed. */
  #break(error: string): void {
    if (this.#broken) return;
    this.#broken = true;
    // Closing inside one of the socket's own callbacks would pull its handles from under the addon's feet.
    setImmediate(() => this.#socket.close());
    const batch = this.#batch;
    this.#batch = undefined;
    if (batch !== undefined) {
      for (let position = 0; position < batch.count; position++) {
        if (!batch.refusals.has(position)) batch.refusals.set(position, error);
      }
      batch.finish(batch.refusals);
    }
    this.#onBroken();
  }
}
