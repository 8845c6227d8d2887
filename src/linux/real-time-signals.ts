/** Real-time signals, which Node.js cannot name, as calls from the event loop. */

import { native } from "./native.js";
import { Readiness } from "./readiness.js";

/** Watches some signals of the process. Only one of these may exist in a process. */
export class RealTimeSignals {
  readonly #readiness: Readiness;

  /** Calls the handler of a signal, by its number, soon after it arrives; the same signal sent twice may be one call. */
  constructor(handlers: ReadonlyMap<number, () => void>) {
    const descriptor = native.catchSignals(Int32Array.from(handlers.keys()));
    this.#readiness = new Readiness(descriptor, () => {
      for (let number = native.readSignal(descriptor); number !== 0; number = native.readSignal(descriptor)) {
        handlers.get(number)?.();
      }
    });
  }

  /** Signals are not told any more; they do no harm. */
  close(): void {
    this.#readiness.close();
  }
}
