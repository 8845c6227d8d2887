/** Real-time signals, which Node.js cannot name, as calls from the event loop. */

import { native } from "../../both/native.js";
import { Readiness } from "../../both/readiness.js";

/**
 * Calls the handler of a signal, by its number, soon after it arrives; the same signal sent twice may be one call. Once in a
 * process, and for as long as it lives.
 */
export function onRealTimeSignals(handlers: ReadonlyMap<number, () => void>): void {
  const descriptor = native.catchSignals(Int32Array.from(handlers.keys()));
  new Readiness(descriptor, () => {
    for (let number = native.readSignal(descriptor); number !== 0; number = native.readSignal(descriptor)) {
      handlers.get(number)?.();
    }
  });
}
