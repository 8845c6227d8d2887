/**
 * Signals that ask the daemon for something. They are kept from the first instruction of the program on (native/early-signals.c),
 * and served when the daemon can do what they ask for.
 */

import { native } from "../../both/native.js";
import { Readiness } from "../../both/readiness.js";

/** The signals with a name in Node.js that are kept, by number. */
const NAMED = new Map<number, NodeJS.Signals>([
  [1, "SIGHUP"],
  [10, "SIGUSR1"],
  [12, "SIGUSR2"],
]);

/** Keeps signals that arrive before their handler; the same signal sent twice may be one call. One in a process. */
export class SignalInbox {
  readonly #handlers = new Map<number, () => void>();
  readonly #kept = new Set<number>();

  /** @param realTime numbers of real-time signals, which Node.js cannot name. */
  constructor(realTime: readonly number[]) {
    for (const [number, name] of NAMED) process.on(name, () => this.take(number));
    const descriptor = native.catchSignals(Int32Array.from(realTime));
    new Readiness(descriptor, () => {
      for (let number = native.readSignal(descriptor); number !== 0; number = native.readSignal(descriptor)) {
        this.take(number);
      }
    });
    // After the handlers are in place, so that none falls between.
    for (const number of [...NAMED.keys(), ...realTime]) {
      if (native.earlySignal(number) === 1) this.#kept.add(number);
    }
  }

  /** Serves these signals from now on, by number, those first that have arrived already. */
  obey(handlers: ReadonlyMap<number, () => void>): void {
    for (const [number, handler] of handlers) {
      this.#handlers.set(number, handler);
      if (this.#kept.delete(number)) handler();
    }
  }

  /** A signal that was sent to the parent. */
  take(number: number): void {
    const handler = this.#handlers.get(number);
    if (handler === undefined) this.#kept.add(number);
    else handler();
  }
}
