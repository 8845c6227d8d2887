/** Standard error as a target of the log. Whoever reads it may stop reading: then lines wait, and later ones are lost. */

import { writeNow } from "../linux/main-thread/scripts/write-now.js";
import type { LogFormat, LogRecord } from "./log-format.js";
import { type LogTarget, lostLines } from "./log-target.js";

/** Bytes that may wait for a slow reader. */
const BACKLOG_LIMIT = 1 << 20;

/** How soon a reader that was slow is tried again, ms. */
const RETRY = 50;

const STDERR = 2;

/** Lines on standard error. Node's own stream would wait for the reader of a pipe. */
export class ConsoleTarget implements LogTarget {
  readonly #format: LogFormat;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Lost since the last line that found room. */
  #untold = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(format: LogFormat) {
    this.#format = format;
  }

  write(record: LogRecord): void {
    this.#flush();
    if (this.#waitingBytes > BACKLOG_LIMIT) {
      this.#untold++;
      return;
    }
    if (this.#untold > 0) this.#queue(lostLines(record, this.#untold));
    this.#untold = 0;
    this.#queue(record);
    this.#flush();
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#flush();
  }

  #queue(record: LogRecord): void {
    const bytes = Buffer.from(this.#format(record));
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #flush(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const taken = writeNow(STDERR, first);
      if (taken === "full") {
        this.#retryLater();
        return;
      }
      if (taken === "broken") {
        // Its reader is gone: nobody is left to be told what was lost.
        this.#waiting = [];
        this.#waitingBytes = 0;
        return;
      }
      this.#waitingBytes -= taken;
      if (taken === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(taken);
    }
  }

  #retryLater(): void {
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#flush();
    }, RETRY);
    this.#retry.unref();
  }
}
