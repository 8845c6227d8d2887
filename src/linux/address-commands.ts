/**
 * Changes of many addresses at a time (RTM_NEWADDR, RTM_DELADDR; rtnetlink(7)): one send for up to a thousand of them. Only the
 * last request of a send asks for an acknowledgement; refusals are always answered, under the sequence number of the request.
 */

import { getSystemErrorName } from "node:util";
import { getPadding, parseError } from "netlink";
import type { InterfaceAddress } from "../base/interface-address.js";
import { NetlinkSocket } from "./netlink-socket.js";
import { type AddressChange, addressRequest } from "./rtnetlink-messages.js";
import { SyscallError } from "./syscall-error.js";

/**
 * What is to be done with addresses. `add` leaves one that is there as it is, `renew` gives it a new lifetime: for addresses
 * that `add` reported as `done` only, as others belong to somebody else and must not be given an end.
 */
export type AddressOperation = AddressChange["operation"];

/** How the change of one address ended. */
export interface AddressOutcome {
  readonly address: InterfaceAddress;
  /** `unchanged`: to be added, but present before; to be removed, but gone before, with its interface or without. */
  readonly result: "done" | "unchanged" | "failed";
  /** Name of the errno, such as `EPERM`; with `failed` only. */
  readonly error?: string;
}

/** Options of the commands. */
export interface AddressCommandsOptions {
  /** Index of an interface; undefined when there is none of that name. */
  readonly indexOf: (interfaceName: string) => number | undefined;
  /** SO_RCVBUF, bytes. */
  readonly receiveBufferSize?: number;
}

const RECEIVE_BUFFER_SIZE = 4 << 20;

/** What one refusal may cost of the receive buffer, bytes: the message, a copy of the request, the kernel's bookkeeping. */
const REFUSAL_COST = 1_536;

/** Requests in one send at most; together they are far smaller than the send buffer. */
const LARGEST_BATCH = 1_000;

const NLMSG_ERROR = 2;

/** An index that no interface has: the kernel answers ENODEV. */
const NO_INTERFACE = 0x7fff_ffff;

/** An address and the index of its interface. */
interface PlacedAddress {
  readonly address: InterfaceAddress;
  readonly index: number;
}

/** Errno names of what the kernel refused. */
type Refusals = Map<InterfaceAddress, string>;

/** The commands, in the network namespace of the thread that gives the first one. */
export class AddressCommands {
  readonly #indexOf: (interfaceName: string) => number | undefined;
  readonly #receiveBufferSize: number;
  #socket: NetlinkSocket | undefined;
  #seq = 0;
  #sends = 0;
  #closed = false;

  constructor(options: AddressCommandsOptions) {
    this.#indexOf = options.indexOf;
    this.#receiveBufferSize = options.receiveBufferSize ?? RECEIVE_BUFFER_SIZE;
  }

  /** Sends so far. */
  get sends(): number {
    return this.#sends;
  }

  /**
   * Carries out one operation on many addresses, in their order. The kernel is done when the call returns. Never rejects: what
   * fails is in the outcomes, which have the order of `addresses`.
   * @param validLifetime seconds after which the kernel removes what was added or renewed; without it, never.
   */
  async change(
    operation: AddressOperation,
    addresses: readonly InterfaceAddress[],
    validLifetime?: number,
  ): Promise<AddressOutcome[]> {
    return this.changeNow(operation, addresses, validLifetime);
  }

  /** As {@link change}, for those who want the outcomes at once. */
  changeNow(
    operation: AddressOperation,
    addresses: readonly InterfaceAddress[],
    validLifetime?: number,
  ): AddressOutcome[] {
    const refusals: Refusals = new Map();
    const placed: PlacedAddress[] = [];
    for (const address of addresses) {
      const index = this.#indexOf(address.interface);
      if (index === undefined) refusals.set(address, "ENODEV");
      else placed.push({ address, index });
    }
    const change = { operation, validLifetime };
    for (let start = 0; start < placed.length; ) {
      const part = placed.slice(start, start + this.#batchSize());
      start += part.length;
      this.#changePart(change, part, refusals);
    }
    return addresses.map((address) => outcomeOf(operation, address, refusals.get(address)));
  }

  /** Runs the code of {@link change}, the kernel's part included, on an interface that does not exist. */
  rehearse(addresses: readonly InterfaceAddress[]): void {
    const placed = addresses.map((address) => ({ address, index: NO_INTERFACE }));
    this.#changePart({ operation: "add", validLifetime: undefined }, placed, new Map());
  }

  /** Closes the socket; every later command fails with `ECANCELED`. */
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

  #changePart(change: AddressChange, part: readonly PlacedAddress[], refusals: Refusals): void {
    const firstSeq = (this.#seq + 1) >>> 0;
    this.#seq = (this.#seq + part.length) >>> 0;
    const answered = new Set<number>();
    let otherwise = "EIO";
    try {
      const socket = this.#openSocket();
      this.#sends++;
      socket.send(datagramOf(change, part, firstSeq));
      this.#readAnswers(socket, part, firstSeq, answered, refusals);
    } catch (error) {
      // A socket that lost something is of no use any more; the next command opens another.
      this.#socket?.close();
      this.#socket = undefined;
      otherwise = this.#closed ? "ECANCELED" : error instanceof SyscallError ? error.code : "EBADMSG";
    }
    if (answered.has(part.length - 1)) return;
    // What became of these is unknown: better a false alarm than a missing address that nobody tells of.
    for (const [position, { address }] of part.entries()) {
      if (!answered.has(position)) refusals.set(address, otherwise);
    }
  }

  #openSocket(): NetlinkSocket {
    if (this.#closed) throw new Error("the commands are closed");
    this.#socket ??= new NetlinkSocket({
      groups: 0,
      receiveBufferSize: this.#receiveBufferSize,
      datagramSize: 2_048,
      datagrams: 64,
    });
    return this.#socket;
  }

  #readAnswers(
    socket: NetlinkSocket,
    part: readonly PlacedAddress[],
    firstSeq: number,
    answered: Set<number>,
    refusals: Refusals,
  ): void {
    while (!answered.has(part.length - 1)) {
      const messages = socket.receive();
      if (messages.length === 0) return;
      for (const { type, seq, data, flags } of messages) {
        const position = (seq - firstSeq) >>> 0;
        const refused = part[position];
        if (type !== NLMSG_ERROR || refused === undefined) continue;
        answered.add(position);
        const { errno } = parseError(data, flags);
        if (errno !== 0) refusals.set(refused.address, getSystemErrorName(errno));
      }
    }
  }
}

function datagramOf(change: AddressChange, part: readonly PlacedAddress[], firstSeq: number): Buffer {
  const pieces: Uint8Array[] = [];
  for (const [position, { address, index }] of part.entries()) {
    const acknowledge = position === part.length - 1;
    const request = addressRequest(change, address, index, acknowledge, (firstSeq + position) >>> 0);
    pieces.push(request, getPadding(request.length));
  }
  return Buffer.concat(pieces);
}

/** Errors that say no more than that the wanted state is there already. */
function outcomeOf(
  operation: AddressOperation,
  address: InterfaceAddress,
  error: string | undefined,
): AddressOutcome {
  if (error === undefined) return { address, result: "done" };
  const unchanged =
    operation === "remove"
      ? error === "EADDRNOTAVAIL" || error === "ENODEV"
      : operation === "add" && error === "EEXIST";
  return unchanged ? { address, result: "unchanged" } : { address, result: "failed", error };
}
