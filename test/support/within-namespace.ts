/** A whole test in another network namespace, with everything it opens later and every program it starts. */

import { closeSync, openSync } from "node:fs";
import { native } from "../../src/linux/both/native.js";

/** Runs `body` to its end with the main thread in the named network namespace. */
export async function withinNamespace<T>(namespace: string, body: () => Promise<T>): Promise<T> {
  const own = openSync("/proc/thread-self/ns/net", "r");
  const other = openSync(`/run/netns/${namespace}`, "r");
  try {
    native.enterNamespace(other, native.constants.CLONE_NEWNET);
    return await body();
  } finally {
    native.enterNamespace(own, native.constants.CLONE_NEWNET);
    closeSync(other);
    closeSync(own);
  }
}
