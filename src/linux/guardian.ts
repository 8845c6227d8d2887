/**
 * The daemon's end of the guardian (native/guardian.c): a process that removes the addresses we hold at the moment we die, so
 * that a crash or `kill -9` never leaves two holders.
 */

import type { InterfaceAddress } from "../base/interface-address.js";
import { familyOf } from "../base/ip-address.js";
import { GuardianProcess } from "./guardian-process.js";

/** An index that no interface has. */
const NO_INTERFACE = 0x7fff_ffff;

/** One guardian for all addresses. */
export class Guardian {
  readonly #process: GuardianProcess;
  readonly #indexOf: (interfaceName: string) => number | undefined;

  /** Starts it. `indexOf` finds the kernel's index of an interface. */
  constructor(indexOf: (interfaceName: string) => number | undefined, notice: (text: string) => void) {
    this.#indexOf = indexOf;
    this.#process = new GuardianProcess(notice);
  }

  /** To be told before the addresses are added: a moment in which nobody watches over them is too long. */
  hold(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) {
      const index = this.#indexOf(address.interface);
      if (index !== undefined) this.#process.hold(keyOf(address), lineOf(index, address));
    }
  }

  /** Runs the code of {@link hold}: the guardian is told to forget what it was never told. */
  rehearse(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) this.#process.rehearse(lineOf(NO_INTERFACE, address));
  }

  /** To be told after the addresses are removed. */
  release(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) this.#process.release(keyOf(address));
  }

  /** We leave in good order: it ends and removes nothing. */
  close(): void {
    this.#process.close();
  }
}

function lineOf(index: number, { address, prefixLength }: InterfaceAddress): string {
  return `${index} ${familyOf(address)} ${prefixLength} ${address}`;
}

function keyOf(address: InterfaceAddress): string {
  return `${address.interface}/${address.address}/${address.prefixLength}`;
}
