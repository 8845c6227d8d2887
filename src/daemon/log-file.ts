/** A file as a target of the log (`-g`). The disk may be slow, full or gone: lines wait in memory, and later ones are lost. */

import { close, fdatasync, writeFile } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { LogFormat, LogProcess, LogRecord } from "./log-format.js";
import { type LogTarget, lostLines } from "./log-target.js";
import { openOwnFile } from "./own-file.js";

/** Characters that may wait for the disk. */
const BACKLOG_LIMIT = 1 << 20;

/** How long the end waits for the disk, ms. */
const CLOSE_LIMIT = 500;

/** Files by process; the name of a child's is made as keepalived makes it: `keepalived_vrrp.log`. */
export class FileTarget implements LogTarget {
  readonly #files: Readonly<Record<LogProcess, LogFile>>;

  constructor(path: string, format: LogFormat, flush: boolean) {
    const dot = path.lastIndexOf(".");
    const cut = dot > path.lastIndexOf("/") + 1 ? dot : path.length;
    const vrrp = `${path.slice(0, cut)}_vrrp${path.slice(cut)}`;
    this.#files = { parent: new LogFile(path, format, flush), vrrp: new LogFile(vrrp, format, flush) };
  }

  write(record: LogRecord): void {
    this.#files[record.process].write(record);
  }

  async close(): Promise<void> {
    const closing = Promise.all([this.#files.parent.close(), this.#files.vrrp.close()]);
    await Promise.race([closing, sleep(CLOSE_LIMIT, undefined, { ref: false })]);
  }
}

/** One file, opened at its first line. What waits is written as one piece. */
class LogFile {
  readonly #path: string;
  readonly #format: LogFormat;
  readonly #flush: boolean;
  #descriptor: number | undefined;
  /** That it cannot be written to has been told. */
  #told = false;
  #waiting = "";
  #waitingLines = 0;
  /** Lost since the last line that reached the disk. */
  #untold = 0;
  #work: Promise<void> | undefined;

  constructor(path: string, format: LogFormat, flush: boolean) {
    this.#path = path;
    this.#format = format;
    this.#flush = flush;
  }

  write(record: LogRecord): void {
    if (this.#waiting.length > BACKLOG_LIMIT) {
      this.#untold++;
      return;
    }
    if (this.#untold > 0 && this.#waiting === "") {
      this.#waiting = this.#format(lostLines(record, this.#untold));
    }
    this.#waiting += this.#format(record);
    this.#waitingLines++;
    this.#work ??= this.#drain();
  }

  async close(): Promise<void> {
    await this.#work;
    if (this.#descriptor !== undefined) await promisify(close)(this.#descriptor);
  }

  async #drain(): Promise<void> {
    while (this.#waiting !== "") {
      const text = this.#waiting;
      const lines = this.#waitingLines;
      const untold = this.#untold;
      this.#waiting = "";
      this.#waitingLines = 0;
      try {
        this.#descriptor ??= openOwnFile(this.#path, 0o644);
        await promisify(writeFile)(this.#descriptor, text);
        if (this.#flush) await promisify(fdatasync)(this.#descriptor);
        this.#untold -= untold;
      } catch (error) {
        // Full, gone or not ours: these are lost, and the next line tries again.
        this.#untold += lines;
        if (!this.#told) process.stderr.write(`No log in a file: ${(error as Error).message}\n`);
        this.#told = true;
      }
    }
    this.#work = undefined;
  }
}
