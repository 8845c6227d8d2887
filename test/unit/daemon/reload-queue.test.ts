/** Reloads one after the other, whatever becomes of them. */

import { expect, it } from "vitest";
import { type ReloadOutcome, ReloadQueue } from "../../../src/daemon/reload-queue.js";

function aLog() {
  const lines: string[] = [];
  return { lines, info: (text: string) => void lines.push(text), detail: () => {} };
}

it("what is asked for during the start, or during a reload, follows once", async () => {
  const log = aLog();
  const ends: ((outcome: ReloadOutcome) => void)[] = [];
  const queue = new ReloadQueue(() => new Promise((resolve) => ends.push(resolve)), log);
  expect(await queue.request()).toBe("queued");
  expect(ends).toHaveLength(0);
  queue.open();
  expect(await queue.request()).toBe("queued");
  expect(await queue.request()).toBe("queued");
  expect(ends).toHaveLength(1);
  ends[0]?.("applied");
  await new Promise(setImmediate);
  expect(ends).toHaveLength(2);
  ends[1]?.("applied");
  await new Promise(setImmediate);
  expect(ends).toHaveLength(2);
});

it("one that throws is told, and the next one runs", async () => {
  const log = aLog();
  const outcomes = [
    () => Promise.reject(new Error("ours")),
    (): Promise<ReloadOutcome> => Promise.resolve("applied"),
  ];
  const queue = new ReloadQueue(async () => (await outcomes.shift()?.()) ?? "refused", log);
  queue.open();
  expect(await queue.request()).toBe("refused");
  expect(log.lines.join()).toContain("Reload failed: Error: ours");
  expect(await queue.request()).toBe("applied");
});
