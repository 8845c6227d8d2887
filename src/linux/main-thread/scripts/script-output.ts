/**
 * What a script writes, of which the first line is kept. Both streams are pipes, as /dev/null cannot be read and a socket, which
 * Node.js would make, cannot be opened as /dev/stdout; they are read for as long as anybody holds them, so that no program is
 * blocked, or ended by SIGPIPE, that would not be with keepalived, where both streams are /dev/null.
 */

import { fchmodSync, readSync } from "node:fs";
import { plainText } from "../../../base/plain-text.js";
import { type Descriptor, native } from "../../both/native.js";
import { Readiness } from "../../both/readiness.js";

/** Most characters of a line that are kept. */
const MAX_LINE = 200;

/** As much as a pipe holds. */
const BUFFER = Buffer.allocUnsafe(65_536);

/**
 * Bytes that are read in one go, and the pause after them, ms: 10 MB/s, far more than a script that checks something writes, and a
 * hundredth of what one that writes without end would make us read.
 */
const MOST_AT_ONCE = 1 << 20;
const PAUSE = 100;

/** The output of one run. */
export class ScriptOutput {
  readonly #streams: readonly Stream[];

  private constructor(streams: readonly Stream[]) {
    this.#streams = streams;
  }

  /** Opens the pipes; undefined where the process has no descriptors left: the script is more than its words. */
  static open(): ScriptOutput | undefined {
    const streams: Stream[] = [];
    try {
      for (let i = 0; i < 2; i++) streams.push(new Stream());
      return new ScriptOutput(streams);
    } catch {
      for (const stream of streams) stream.abandon();
      return undefined;
    }
  }

  /** For the script's standard output and standard error. */
  get descriptors(): readonly number[] {
    return this.#streams.map(({ writingEnd }) => writingEnd);
  }

  /** The script has its ends, or could not be started: ours are closed, and reading begins. */
  handedOver(): void {
    for (const stream of this.#streams) stream.handedOver();
  }

  /**
   * The first line of standard output, without the performance data of monitoring plugins, else that of standard error;
   * printable, empty when there is none. Everything that a process has written that ended before is heard.
   */
  firstLine(): string {
    for (const stream of this.#streams) stream.read();
    return this.#streams.map(({ text }) => printable(text)).find((line) => line !== "") ?? "";
  }
}

/** One pipe. */
class Stream {
  readonly writingEnd: Descriptor;
  readonly #readingEnd: Descriptor;
  #readiness: Readiness | undefined;
  #closed = false;
  /** Bytes read since reading began, or went on. */
  #sincePause = 0;
  #kept = Buffer.alloc(0);

  constructor() {
    [this.#readingEnd, this.writingEnd] = native.openPipe();
    // As /dev/null: a script that runs as somebody else may open /dev/stdout.
    fchmodSync(this.writingEnd, 0o666);
  }

  /** The beginning of what was written. */
  get text(): string {
    return this.#kept.toString("utf8");
  }

  handedOver(): void {
    native.close(this.writingEnd);
    try {
      this.#listen();
    } catch {
      // Nothing can be watched any more; the script goes without an audience.
      this.#close();
    }
  }

  /** Closes both ends of a stream that nobody got. */
  abandon(): void {
    native.close(this.writingEnd);
    native.close(this.#readingEnd);
  }

  /** Takes what is there; the beginning is kept. */
  read(): void {
    if (this.#closed) return;
    const length = this.#readSome();
    if (length === undefined) return;
    this.#sincePause += length;
    if (this.#sincePause > MOST_AT_ONCE) this.#pause();
    if (length === 0) this.#close();
    // Four bytes for a character, and as many again for blank lines before it.
    else if (this.#kept.length < 8 * MAX_LINE)
      this.#kept = Buffer.concat([this.#kept, BUFFER.subarray(0, Math.min(length, 8 * MAX_LINE))]);
  }

  #listen(): void {
    this.#sincePause = 0;
    this.#readiness = new Readiness(this.#readingEnd, () => this.read());
  }

  /** The script waits meanwhile, once its pipe is full. */
  #pause(): void {
    if (this.#readiness === undefined) return;
    this.#readiness.close();
    this.#readiness = undefined;
    setTimeout(() => {
      if (!this.#closed) this.#listen();
    }, PAUSE).unref();
  }

  /** Number of bytes now in the buffer, 0 at the end, undefined when there is nothing yet. */
  #readSome(): number | undefined {
    try {
      return readSync(this.#readingEnd, BUFFER);
    } catch {
      // EAGAIN, the only way in which reading from a pipe of ours can fail.
      return undefined;
    }
  }

  #close(): void {
    this.#closed = true;
    this.#readiness?.close();
    native.close(this.#readingEnd);
  }
}

function printable(text: string): string {
  const line = /^[^\n|]*/.exec(text.trimStart())?.[0] ?? "";
  return [...plainText(line)].slice(0, MAX_LINE).join("").trim();
}
