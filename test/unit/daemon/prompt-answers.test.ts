/** Answers without the event loop, from a thread that answers, one that is stuck and one that is dead. */

import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { type AnsweringEnd, PromptAnswers } from "../../../src/daemon/prompt-answers.js";

/** Answers each number with itself; -1 ends it, and below that it stands still for so many ms before it answers. */
const ANSWERING = `
const { parentPort, workerData: { port, answered } } = require("node:worker_threads");
parentPort.on("message", (id) => {
  if (id === -1) process.exit();
  if (id < -1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, -id);
  port.postMessage({ id });
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
});
parentPort.postMessage("ready");
`;

function start(theirs: AnsweringEnd): Promise<Worker> {
  const worker = new Worker(ANSWERING, { eval: true, workerData: theirs, transferList: [theirs.port] });
  return new Promise((resolve) => worker.once("message", () => resolve(worker)));
}

it("an answer is there in the same turn of the event loop; a late one follows, and does not disturb the next", async () => {
  const answers = new PromptAnswers<{ id: number }>();
  const worker = await start(answers.theirs);
  const ask = (id: number, limit: number) => answers.ask(id, () => worker.postMessage(id), limit);
  expect(ask(1, 10_000)).toEqual({ id: 1 });
  expect(ask(-300, 20)).toBeUndefined();
  expect(await answers.later(-300, () => false)).toEqual({ id: -300 });
  expect(ask(-200, 20)).toBeUndefined();
  expect(ask(2, 10_000)).toEqual({ id: 2 });
  // Its answer came before the one that was asked for after it.
  expect(await answers.later(-200, () => false)).toEqual({ id: -200 });
  await worker.terminate();
});

it("a dead thread costs the limit, and no answer is told when it is gone", async () => {
  const answers = new PromptAnswers<{ id: number }>();
  const worker = await start(answers.theirs);
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  worker.postMessage(-1);
  expect(answers.ask(1, () => worker.postMessage(1), 50)).toBeUndefined();
  await exited;
  expect(await answers.later(1, () => true)).toBeUndefined();
});
