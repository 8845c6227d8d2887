/**
 * Changes of many addresses at a time (RTM_NEWADDR, RTM_DELADDR): one send for up to a thousand of them, carried out by the
 * kernel before the call returns.
 */

import type { InterfaceAddress } from "../base/interface-address.js";
import { CommandSocket, type Refusals, type RequestMaker } from "./command-socket.js";
import { type AddressChange, addressRequest } from "./rtnetlink-messages.js";

/**
 * What is to be done with addresses. `add` leaves one that is there as it is, `renew` gives it a new lifetime: for addresses
 * that `add` reported as `done` only, as others belong to somebody else and must not be given an end.
 */
export type AddressOperation = AddressChange["operation"];

/** How the change of one address ended. */
export interface AddressOutcome {
  readonly address: InterfaceAddress;
  /** `unchanged`: to be added, but present before; to be removed, but gone before. */
  readonly result: "done" | "unchanged" | "failed";
  /** Name of the errno, such as `EPERM`; with `failed` only. */
  readonly error?: string;
}

/** Options of the commands. */
export interface AddressCommandsOptions {
  /** Index of an interface; undefined when there is none of that name. */
  readonly indexOf: (interfaceName: string) => number | undefined;
  /** SO_RCVBUF of each socket, bytes; the kernel caps it at net.core.rmem_max. */
  readonly receiveBufferSize?: number;
}

const RECEIVE_BUFFER_SIZE = 4 << 20;

/**
 * Sockets that may be open at a time. Where the kernel's limits make the batches small, the parts of a large request go out
 * over several sockets at once; further ones wait.
 */
const MOST_SOCKETS = 8;

/** An address and the index of its interface. */
interface PlacedAddress {
  readonly address: InterfaceAddress;
  readonly index: number;
}

interface Batch {
  readonly requests: readonly RequestMaker[];
  readonly finish: (refusals: Refusals) => void;
}

/** The commands. Belong to the network namespace of the process. */
export class AddressCommands {
  readonly #indexOf: (interfaceName: string) => number | undefined;
  readonly #receiveBufferSize: number;
  readonly #sockets = new Set<CommandSocket>();
  readonly #waiting: Batch[] = [];
  #capacity: number | undefined;
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
   * Carries out one operation on many addresses, in their order and after everything asked before. Never rejects: what fails
   * is in the outcomes, which have the order of `addresses`. The kernel is done when the call returns, unless it had to wait
   * for earlier ones; the promise only brings its answers.
   * @param validLifetime seconds after which the kernel removes what was added or renewed; without it, never.
   */
  async change(
    operation: AddressOperation,
    addresses: readonly InterfaceAddress[],
    validLifetime?: number,
  ): Promise<AddressOutcome[]> {
    const placed = addresses.flatMap((address) => {
      const index = this.#indexOf(address.interface);
      return index === undefined ? [] : [{ address, index }];
    });
    const errors = new Map<InterfaceAddress, string>();
    const present = new Set(placed.map(({ address }) => address));
    for (const address of addresses) if (!present.has(address)) errors.set(address, "ENODEV");
    await this.#changePlaced({ operation, validLifetime }, placed, errors);
    return addresses.map((address) => outcomeOf(operation, address, errors.get(address)));
  }

  /** Closes all sockets; what has no answer yet fails with `ECANCELED`. */
  close(): void {
    this.#closed = true;
    for (const socket of [...this.#sockets]) socket.close();
    this.#refuseWaiting("ECANCELED");
  }

  async #changePlaced(
    change: AddressChange,
    placed: readonly PlacedAddress[],
    errors: Map<InterfaceAddress, string>,
  ): Promise<void> {
    if (placed.length === 0) return;
    if (this.#closed) {
      for (const { address } of placed) errors.set(address, "ECANCELED");
      return;
    }
    let size: number;
    try {
      size = this.#batchSize();
    } catch (error) {
      for (const { address } of placed) errors.set(address, codeOf(error));
      return;
    }
    const parts: Promise<void>[] = [];
    for (let start = 0; start < placed.length; start += size) {
      const part = placed.slice(start, start + size);
      parts.push(this.#sendPart(change, part, errors));
    }
    await Promise.all(parts);
  }

  #sendPart(
    change: AddressChange,
    part: readonly PlacedAddress[],
    errors: Map<InterfaceAddress, string>,
  ): Promise<void> {
    const requests = part.map(
      ({ address, index }): RequestMaker =>
        (acknowledge, label) =>
          addressRequest(change, address, index, acknowledge, label),
    );
    return new Promise((resolve) => {
      const finish = (refusals: Refusals): void => {
        for (const [position, error] of refusals) {
          const refused = part[position];
          if (refused !== undefined) errors.set(refused.address, error);
        }
        resolve();
      };
      this.#submit({ requests, finish });
    });
  }

  /** Requests in one send; the same for all sockets. @throws {Error} with `code` when no socket can be opened. */
  #batchSize(): number {
    if (this.#capacity === undefined) {
      const [first] = this.#sockets;
      this.#capacity = (first ?? this.#open()).capacity;
    }
    return this.#capacity;
  }

  #submit(batch: Batch): void {
    this.#waiting.push(batch);
    this.#work();
  }

  #work(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      let socket: CommandSocket | undefined;
      try {
        socket = this.#idleSocket();
      } catch (error) {
        // Busy sockets will take over the rest; without any there is nobody to do it.
        if (this.#sockets.size === 0) this.#refuseWaiting(codeOf(error));
        return;
      }
      if (socket === undefined) return;
      const batch = this.#waiting.shift();
      if (batch === undefined) return;
      this.#sends++;
      socket.send(batch.requests, batch.finish);
    }
  }

  /** Undefined when all are busy. */
  #idleSocket(): CommandSocket | undefined {
    for (const socket of this.#sockets) if (socket.idle) return socket;
    return this.#sockets.size < MOST_SOCKETS ? this.#open() : undefined;
  }

  #open(): CommandSocket {
    const socket: CommandSocket = new CommandSocket(
      this.#receiveBufferSize,
      () => this.#work(),
      () => {
        this.#sockets.delete(socket);
        this.#work();
      },
    );
    this.#sockets.add(socket);
    return socket;
  }

  #refuseWaiting(error: string): void {
    for (const { requests, finish } of this.#waiting.splice(0)) {
      finish(new Map(requests.map((_, position) => [position, error])));
    }
  }
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

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "EIO";
}
