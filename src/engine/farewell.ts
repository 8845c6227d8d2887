/** What is said for a virtual router when the daemon dies. */

import type { VrrpInstance } from "../config/config.js";
import type { Platform } from "./platform.js";
import { routerKeyOf, sendInterfaceOf } from "./ports.js";

/** Passes on the packets of a router, with the interface that its adverts leave through. */
export function setFarewell(
  platform: Platform,
  instance: VrrpInstance,
  packets: readonly Uint8Array[],
): void {
  // By what it is, not by its name, which a reload may change.
  platform.setFarewell(routerKeyOf(instance), sendInterfaceOf(instance), packets);
}
