/** Answers of another thread that are waited for without turning the event loop. */

import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** An answer knows its question. */
export interface Numbered {
  readonly id: number;
}

/** The end of the thread that answers: part of its workerData, with `port` in the transfer list. */
export interface AnsweringEnd {
  readonly port: MessagePort;
  /** Number of answers so far, in shared memory: the asking thread sleeps on it. */
  readonly answered: Int32Array;
}

/** How often a late answer is looked for, ms. */
const LATE_LOOK = 10;

/** The end of the thread that asks. */
export class PromptAnswers<Answer extends Numbered> {
  readonly theirs: AnsweringEnd;
  readonly #port: MessagePort;
  /** Those that have come and were not taken yet, by their question. */
  readonly #answers = new Map<number, Answer>();

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.theirs = { port: port2, answered: new Int32Array(new SharedArrayBuffer(4)) };
  }

  /**
   * Asks and sleeps until the answer is there.
   * @param limit at most so long, ms; undefined after it, and {@link later} has the answer.
   */
  ask(id: number, question: () => void, limit: number): Answer | undefined {
    const { answered } = this.theirs;
    const end = performance.now() + limit;
    let count = Atomics.load(answered, 0);
    question();
    for (;;) {
      const answer = this.#take(id);
      const left = end - performance.now();
      if (answer !== undefined || left <= 0) return answer;
      Atomics.wait(answered, 0, count, left);
      count = Atomics.load(answered, 0);
    }
  }

  /** The answer to a question that {@link ask} gave up; undefined when the other thread is `gone` without one. */
  async later(id: number, gone: () => boolean): Promise<Answer | undefined> {
    for (;;) {
      const last = gone();
      const answer = this.#take(id);
      if (answer !== undefined || last) return answer;
      await sleep(LATE_LOOK);
    }
  }

  /** Keeps the answers to other questions, which are looked for as well. */
  #take(id: number): Answer | undefined {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; ) {
      const answer = next.message as Answer;
      this.#answers.set(answer.id, answer);
      next = receiveMessageOnPort(this.#port);
    }
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    return answer;
  }
}

/** Answers, and wakes the thread that asked. */
export function answerPromptly({ port, answered }: AnsweringEnd, answer: Numbered): void {
  port.postMessage(answer);
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
}
