/** Waiting for what a benchmark brings about. */

import { setTimeout as sleep } from "node:timers/promises";

/** Waits for the condition; false when it did not come true in `limit` ms. */
export async function comesTrue(condition: () => boolean, limit: number): Promise<boolean> {
  const end = Date.now() + limit;
  while (!condition()) {
    if (Date.now() > end) return false;
    await sleep(5);
  }
  return true;
}
