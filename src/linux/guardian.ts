/**
 * The daemon's end of the guardian (native/guardian.c): a process that removes the addresses we hold at the moment we die, so
 * that a crash or `kill -9` never leaves two holders.
 */

import { type ChildProcess, spawn } from "node:child_process";
import type { InterfaceAddress } from "../base/interface-address.js";
import { familyOf } from "../base/ip-address.js";
import { findNativeFile } from "./native-files.js";

/** How often a guardian that died is replaced before we go on without one. */
const MOST_RESTARTS = 5;

/** An index that no interface has. */
const NO_INTERFACE = 0x7fff_ffff;

/** One guardian for all addresses. */
export class Guardian {
  readonly #notice: (text: string) => void;
  readonly #indexOf: (interfaceName: string) => number | undefined;
  /** Lines that a new guardian has to be told, by address and interface. */
  readonly #held = new Map<string, string>();
  #child: ChildProcess | undefined;
  #restarts = 0;
  #closed = false;

  /** Starts it. `indexOf` finds the kernel's index of an interface. */
  constructor(indexOf: (interfaceName: string) => number | undefined, notice: (text: string) => void) {
    this.#indexOf = indexOf;
    this.#notice = notice;
    this.#start();
  }

  /** To be told before the addresses are added: a moment in which nobody watches over them is too long. */
  hold(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) {
      const index = this.#indexOf(address.interface);
      if (index === undefined) continue;
      const line = `${index} ${familyOf(address.address)} ${address.prefixLength} ${address.address}`;
      this.#held.set(keyOf(address), line);
      this.#write(`+ ${line}`);
    }
  }

  /** Runs the code of {@link hold}: the guardian is told to forget what it was never told. */
  rehearse(addresses: readonly InterfaceAddress[]): void {
    for (const { address, prefixLength } of addresses)
      this.#write(`- ${NO_INTERFACE} ${familyOf(address)} ${prefixLength} ${address}`);
  }

  /** To be told after the addresses are removed. */
  release(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) {
      const line = this.#held.get(keyOf(address));
      if (line === undefined) continue;
      this.#held.delete(keyOf(address));
      this.#write(`- ${line}`);
    }
  }

  /** We leave in good order: it ends and removes nothing. */
  close(): void {
    this.#closed = true;
    this.#write(".");
    this.#child?.stdin?.end();
  }

  #start(): void {
    // A group of its own, so that a signal for ours does not reach it.
    const child = spawn(findNativeFile("vigil_guardian"), [], {
      detached: true,
      stdio: ["pipe", "ignore", "inherit"],
    });
    this.#child = child;
    child.stdin.on("error", () => {
      // Its exit tells the same, once.
    });
    child.on("error", (error) =>
      this.#notice(`guardian: ${error.message}: a crash would leave addresses behind`),
    );
    child.on("exit", () => this.#replace(child));
    child.unref();
    for (const line of this.#held.values()) this.#write(`+ ${line}`);
  }

  #replace(child: ChildProcess): void {
    if (this.#closed || child !== this.#child) return;
    this.#restarts++;
    if (this.#restarts > MOST_RESTARTS) {
      this.#child = undefined;
      this.#notice("guardian: died again, going on without it: a crash would leave addresses behind");
      return;
    }
    this.#notice("guardian: died, starting another one");
    this.#start();
  }

  #write(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }
}

function keyOf(address: InterfaceAddress): string {
  return `${address.interface}/${address.address}/${address.prefixLength}`;
}
