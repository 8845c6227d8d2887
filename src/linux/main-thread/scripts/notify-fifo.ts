/**
 * A FIFO that readers learn of state changes from (`notify_fifo`, `vrrp_notify_fifo`), and the script that reads it. A reader
 * that is not there, or stands still, costs lines and nothing else: writing never waits.
 */

import { closeSync, constants, fchownSync, fstatSync, openSync, unlinkSync, writeSync } from "node:fs";
import { native } from "../../both/native.js";
import type { Account } from "./accounts.js";
import { ScriptProcess, type ScriptProgram } from "./script-process.js";

/** keepalived's mode, before the umask. */
const MODE = 0o644;

/** A FIFO as it is wanted. */
export interface NotifyFifoSpec {
  readonly path: string;
  /** Whom it shall belong to; nothing is changed without it. */
  readonly owner: Account | undefined;
  /** Its reader, started with the path as its last argument. */
  readonly reader: ScriptProgram | undefined;
}

/** One open FIFO. */
export class NotifyFifo {
  readonly spec: NotifyFifoSpec;
  readonly #say: (text: string) => void;
  readonly #descriptor: number | undefined;
  /** Made by us, so ours to remove. */
  #made = false;
  #reader: ScriptProcess | undefined;
  /** Lines lost since a write last went well. */
  #lost = 0;

  /** @param say gets a line for the log when the FIFO cannot be used, or loses lines. */
  constructor(spec: NotifyFifoSpec, say: (text: string) => void) {
    this.spec = spec;
    this.#say = say;
    this.#descriptor = this.#open();
  }

  /** Writes a line; it is lost when the FIFO is full. */
  write(line: string): void {
    if (this.#descriptor === undefined) return;
    const bytes = Buffer.from(`${line}\n`);
    try {
      // At most PIPE_BUF bytes: whole or not at all (pipe(7)).
      writeSync(this.#descriptor, bytes);
      if (this.#lost > 0) this.#say(`${this.spec.path}: read again, ${this.#lost} lines were lost`);
      this.#lost = 0;
    } catch (error) {
      if (this.#lost === 0) this.#say(`${this.spec.path}: ${reasonOf(error)}, lines are lost`);
      this.#lost++;
    }
  }

  /** Closes it, ends its reader, and removes it if we made it. What was written is lost with it unless a reader has it open. */
  close(): void {
    this.#reader?.signal("SIGTERM");
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    if (!this.#made) return;
    try {
      unlinkSync(this.spec.path);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") this.#say(`${this.spec.path}: cannot be removed: ${reasonOf(error)}`);
    }
  }

  #open(): number | undefined {
    const { path, owner } = this.spec;
    let descriptor: number | undefined;
    try {
      this.#make(path);
      descriptor = this.#openOurs(path);
      // Of what is open, whatever has the name by now: in the folder of another user it may be a link to a file of root.
      if (owner !== undefined && this.#made) fchownSync(descriptor, owner.uid, owner.gid);
      this.#startReader();
      return descriptor;
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor);
      this.#say(`${path}: cannot be used for notifications: ${reasonOf(error)}`);
      return undefined;
    }
  }

  #make(path: string): void {
    try {
      native.makeFifo(path, MODE);
      this.#made = true;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }

  /** For reading too, so that there is always a reader: lines wait in the pipe until the real one comes. */
  #openOurs(path: string): number {
    const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const found = fstatSync(descriptor);
      if (!found.isFIFO()) throw new Error("it exists and is no FIFO: remove it or name another path");
      const ours = [process.geteuid?.(), this.spec.owner?.uid];
      if (!ours.includes(found.uid))
        throw new Error(`it belongs to user ${found.uid}: remove it or change its owner`);
      // The other name may be that of somebody else's FIFO.
      if (found.nlink !== 1) throw new Error(`it has ${found.nlink} names: remove it or name another path`);
      return descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  #startReader(): void {
    const { reader, path } = this.spec;
    if (reader === undefined) return;
    const process = new ScriptProcess({ ...reader, argv: [...reader.argv, path] });
    this.#reader = process;
    void process.ended.then((result) => {
      this.#reader = undefined;
      const { argv } = reader;
      if (result.kind === "failedToStart") this.#say(`FIFO script ${argv[0]}: ${result.error}`);
      else if (result.kind === "exited")
        this.#say(`FIFO script ${argv[0]} exited with status ${result.status}`);
    });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  if (codeOf(error) === "EAGAIN") return "nobody reads it and it is full";
  return error instanceof Error ? error.message : String(error);
}
