/** System calls of the test itself in another network namespace: sockets stay in the one they were opened in. */

import { closeSync, openSync } from "node:fs";
import { native } from "../../src/linux/both/native.js";

/** Runs `body`, which must not wait, with the calling thread in the named network namespace. */
export function inNamespace<T>(namespace: string, body: () => T): T {
  const own = openSync("/proc/thread-self/ns/net", "r");
  const other = openSync(`/run/netns/${namespace}`, "r");
  try {
    native.enterNamespace(other, native.constants.CLONE_NEWNET);
    try {
      return body();
    } finally {
      native.enterNamespace(own, native.constants.CLONE_NEWNET);
    }
  } finally {
    closeSync(other);
    closeSync(own);
  }
}
