/**
 * The guardian (native/guardian.c) as a process: it undoes what it was told of at the moment this process dies, however that
 * happens. One that dies itself is replaced, and told everything again.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { findNativeFile } from "./native-files.js";

/** How often a guardian that died is replaced before we go on without one. */
const MOST_RESTARTS = 5;

/** One process. */
export class GuardianProcess {
  readonly #notice: (text: string) => void;
  /** Lines that a new guardian has to be told, by what they are about. */
  readonly #held = new Map<string, string>();
  #child: ChildProcess | undefined;
  #restarts = 0;
  #closed = false;

  /** Starts it. */
  constructor(notice: (text: string) => void) {
    this.#notice = notice;
    this.#start();
  }

  /** To be told before it is done. @param key what the line is about; @param line what the guardian reads behind the sign. */
  hold(key: string, line: string): void {
    // The interface may be another one of the same name since.
    if (this.#held.get(key) !== line) this.release(key);
    this.#held.set(key, line);
    this.#write(`+ ${line}`);
  }

  /** To be told after it is undone. */
  release(key: string): void {
    const line = this.#held.get(key);
    if (line === undefined) return;
    this.#held.delete(key);
    this.#write(`- ${line}`);
  }

  /** Writes that something is undone that it was never told of. */
  rehearse(line: string): void {
    this.#write(`- ${line}`);
  }

  /** We leave in good order: it ends and undoes nothing. */
  close(): void {
    this.#closed = true;
    this.#write(".");
    this.#child?.stdin?.end();
  }

  #start(): void {
    // A group of its own, so that a signal for ours does not reach it.
    const child = spawn(findNativeFile("vigil_guardian"), [], {
      detached: true,
      stdio: ["pipe", "ignore", "inherit"],
    });
    this.#child = child;
    child.stdin.on("error", () => {
      // Its exit tells the same, once.
    });
    child.on("error", (error) =>
      this.#notice(`guardian: ${error.message}: a crash would leave something behind`),
    );
    child.on("exit", () => this.#replace(child));
    child.unref();
    for (const line of this.#held.values()) this.#write(`+ ${line}`);
  }

  #replace(child: ChildProcess): void {
    if (this.#closed || child !== this.#child) return;
    this.#restarts++;
    if (this.#restarts > MOST_RESTARTS) {
      this.#child = undefined;
      this.#notice("guardian: died again, going on without it: a crash would leave something behind");
      return;
    }
    this.#notice("guardian: died, starting another one");
    this.#start();
  }

  #write(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }
}
