/** Reloads one after the other, whatever becomes of them. */

import { expect, it } from "vitest";
import { type ReloadOutcome, ReloadQueue } from "../../../src/daemon/reload-queue.js";

function aLog() {
  const lines: string[] = [];
  return { lines, info: (text: string) => void lines.push(text) };
}

const turn = () => new Promise(setImmediate);

/** A queue whose reloads end when the test says so. */
function aQueue() {
  const log = aLog();
  const ends: ((outcome: ReloadOutcome) => void)[] = [];
  const queue = new ReloadQueue(() => new Promise((resolve) => ends.push(resolve)), log);
  return { log, ends, queue };
}

it("what is asked for during the start, or during a reload, follows once, and each caller has its outcome", async () => {
  const { ends, queue } = aQueue();
  const early = [queue.request(), queue.request()];
  expect(ends).toHaveLength(0);
  queue.open();
  expect(ends).toHaveLength(1);
  const during = [queue.request(), queue.request()];
  ends[0]?.("refused");
  expect(await Promise.all(early)).toEqual(["refused", "refused"]);
  await turn();
  expect(ends).toHaveLength(2);
  ends[1]?.("applied");
  expect(await Promise.all(during)).toEqual(["applied", "applied"]);
  await turn();
  expect(ends).toHaveLength(2);
  const later = queue.request();
  ends[2]?.("applied");
  expect(await later).toBe("applied");
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

it("at the end, what waits is refused, and the reload under way is waited for", async () => {
  const { ends, queue } = aQueue();
  queue.open();
  const [first, second] = [queue.request(), queue.request()];
  let closed = false;
  const end = queue.close().then(() => {
    closed = true;
  });
  expect(await second).toBe("refused");
  expect(await queue.request()).toBe("refused");
  await turn();
  expect(closed).toBe(false);
  ends[0]?.("applied");
  expect(await first).toBe("applied");
  await end;
  expect(ends).toHaveLength(1);
});
