/** How often an engine that dies is started again. */

import { expect, it } from "vitest";
import { RespawnDelay } from "../../../src/daemon/respawn-delay.js";

it("waits 0, 1, 2, 4 … 60 s between deaths in a row, and begins anew after calm", () => {
  const delays = new RespawnDelay();
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => delays.next(second * 1_000))).toEqual([
    0, 1, 2, 4, 8, 16, 32, 60, 60,
  ]);
  expect(delays.next(9_000 + 299_000)).toBe(60);
  expect(delays.next(9_000 + 299_000 + 301_000)).toBe(0);
});
