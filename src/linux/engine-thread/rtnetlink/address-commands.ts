/** Changes of many addresses at a time (RTM_NEWADDR, RTM_DELADDR; rtnetlink(7)). */

import type { InterfaceAddress } from "../../../base/interface-address.js";
import { RequestBatches, type RequestBuilder } from "./request-batches.js";
import { type AddressChange, addressRequest } from "./rtnetlink-messages.js";

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

/** An index that no interface has: the kernel answers ENODEV. */
const NO_INTERFACE = 0x7fff_ffff;

/** The commands, in the network namespace of the thread that gives the first one. */
export class AddressCommands {
  readonly #indexOf: (interfaceName: string) => number | undefined;
  readonly #requests: RequestBatches;

  constructor(options: AddressCommandsOptions) {
    this.#indexOf = options.indexOf;
    this.#requests = new RequestBatches(
      options.receiveBufferSize === undefined ? {} : { receiveBufferSize: options.receiveBufferSize },
    );
  }

  /** Sends so far. */
  get sends(): number {
    return this.#requests.sends;
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
    const change = { operation, validLifetime };
    const refusals = new Map<InterfaceAddress, string>();
    const placed: InterfaceAddress[] = [];
    const requests: RequestBuilder[] = [];
    for (const address of addresses) {
      const index = this.#indexOf(address.interface);
      if (index === undefined) {
        refusals.set(address, "ENODEV");
        continue;
      }
      placed.push(address);
      requests.push((acknowledge, seq) => addressRequest(change, address, index, acknowledge, seq));
    }
    for (const [i, error] of this.#requests.make(requests).entries()) {
      const address = placed[i];
      if (address !== undefined && error !== undefined) refusals.set(address, error);
    }
    return addresses.map((address) => outcomeOf(operation, address, refusals.get(address)));
  }

  /** Runs the code of {@link change}, the kernel's part included, on an interface that does not exist. */
  rehearse(addresses: readonly InterfaceAddress[]): void {
    const change = { operation: "add", validLifetime: undefined } as const;
    this.#requests.make(
      addresses.map(
        (address): RequestBuilder =>
          (acknowledge, seq) =>
            addressRequest(change, address, NO_INTERFACE, acknowledge, seq),
      ),
    );
  }

  /** Closes the socket; every later command fails with `ECANCELED`. */
  close(): void {
    this.#requests.close();
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
