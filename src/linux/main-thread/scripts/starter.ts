/**
 * The starter of scripts (native/parent/starter.c), a process that was forked before this one had any restriction: it starts
 * programs as their users, with nothing of ours. A program without a native parent starts one for itself while it needs it.
 */

import { spawn } from "node:child_process";
import { readSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import type { ScriptResult } from "../../../engine/platform.js";
import { type Descriptor, native } from "../../both/native.js";
import { findNativeFile } from "../../both/native-files.js";
import { parentChannels } from "../../both/parent-channels.js";
import { Readiness } from "../../both/readiness.js";
import type { Account } from "./accounts.js";

/** Longest message, bytes. */
const MOST = 128 * 1024;

/** How a run ended. */
const HOW_EXITED = 0;
const HOW_SIGNALED = 1;
const HOW_NOT_STARTED = 2;

/** Messages `R` and `D`. */
const RESET = 0x52;
const DIED = 0x44;

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** A program to start. */
export interface StartOrder {
  /** At least one element; the first is a path or a name to be searched in PATH. */
  readonly argv: readonly string[];
  readonly credentials: Account;
  /** Standard input, output and error; undefined: /dev/null. */
  readonly stdio?: readonly (number | undefined)[];
}

/** A program that was started. */
export interface StartedProgram {
  /** Settled once it has ended; never rejects. */
  readonly ended: Promise<ScriptResult>;
  /** Signals its process group. What is left of a group that was signalled is killed when the program itself ends. */
  signal(signal: "SIGTERM" | "SIGKILL"): void;
}

interface Run {
  readonly command: string;
  readonly settle: (result: ScriptResult) => void;
}

/** One channel to a starter. */
class Starter {
  readonly #socket: Descriptor;
  readonly #readiness: Readiness;
  readonly #runs = new Map<number, Run>();
  readonly #buffer = Buffer.alloc(64);
  readonly #idle: (() => void) | undefined;
  #next = 1;
  /** Until it has forgotten the runs of a process before us. */
  #ready: boolean;

  /** @param idle called when no run is left; the channel is closed then. */
  constructor(socket: Descriptor, fresh: boolean, idle?: () => void) {
    this.#socket = socket;
    this.#ready = fresh;
    this.#idle = idle;
    this.#readiness = new Readiness(socket, () => this.#receive());
    if (!fresh) native.writeNow(socket, Buffer.from("R"));
  }

  start({ argv, credentials, stdio = [] }: StartOrder): StartedProgram {
    const number = this.#next++;
    const [command = ""] = argv;
    const ended = new Promise<ScriptResult>((settle) => this.#runs.set(number, { command, settle }));
    const descriptors = stdio.flatMap((descriptor) => descriptor ?? []);
    const bytes = startMessage(number, argv, credentials, stdio);
    const taken =
      bytes.length > MOST
        ? -constants.errno.E2BIG
        : native.sendDescriptors(this.#socket, bytes, Int32Array.from(descriptors));
    if (taken < 0) queueMicrotask(() => this.#end(number, HOW_NOT_STARTED, -taken));
    return { ended, signal: (signal) => this.#signal(number, signal) };
  }

  #signal(number: number, signal: "SIGTERM" | "SIGKILL"): void {
    if (!this.#runs.has(number)) return;
    const bytes = Buffer.alloc(6);
    bytes.write("K");
    bytes.writeUInt32LE(number, 1);
    bytes[5] = constants.signals[signal];
    native.writeNow(this.#socket, bytes);
  }

  #receive(): void {
    for (let message = this.#read(); message !== undefined; message = this.#read()) {
      if (message.length === 0) {
        // The parent is dead, which its own channel tells.
        this.#readiness.close();
        return;
      }
      this.#obey(message);
    }
  }

  #obey(message: Buffer): void {
    if (message[0] === RESET) this.#ready = true;
    else if (message[0] === DIED) {
      for (const number of [...this.#runs.keys()]) this.#end(number, HOW_SIGNALED, constants.signals.SIGKILL);
    } else if (this.#ready) this.#end(message.readUInt32LE(1), message[5] ?? 0, message.readInt32LE(6));
  }

  #read(): Buffer | undefined {
    try {
      return this.#buffer.subarray(0, readSync(this.#socket, this.#buffer));
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EAGAIN" ? undefined : this.#buffer.subarray(0, 0);
    }
  }

  #end(number: number, how: number, value: number): void {
    const run = this.#runs.get(number);
    if (run === undefined) return;
    this.#runs.delete(number);
    run.settle(resultOf(run.command, how, value));
    if (this.#idle === undefined || this.#runs.size > 0) return;
    this.#readiness.close();
    native.close(this.#socket);
    this.#idle();
  }
}

let current: Starter | undefined;

/** Starts a program. Never throws: what fails is its result. */
export function startProgram(order: StartOrder): StartedProgram {
  try {
    current ??= connect();
    return current.start(order);
  } catch (error) {
    const failure = { kind: "failedToStart", error: (error as Error).message } as const;
    return { ended: Promise.resolve(failure), signal: () => {} };
  }
}

function connect(): Starter {
  if (parentChannels !== undefined) return new Starter(native.adoptDescriptor(parentChannels.starter), false);
  const [ours, theirs] = native.openSocketPair(1);
  // It waits for messages itself.
  spawn(findNativeFile("vigil_starter"), [], { stdio: ["ignore", "ignore", "inherit", theirs] }).unref();
  native.close(theirs);
  return new Starter(ours, true, () => {
    current = undefined;
  });
}

function startMessage(
  number: number,
  argv: readonly string[],
  { uid, gid }: Account,
  stdio: readonly (number | undefined)[],
): Buffer {
  const head = Buffer.alloc(16);
  head.write("S");
  head.writeUInt32LE(number, 1);
  head.writeUInt32LE(uid, 5);
  head.writeUInt32LE(gid, 9);
  head.writeUInt16LE(process.umask(), 13);
  head[15] = stdio.reduce<number>((bits, descriptor, i) => bits | (descriptor === undefined ? 0 : 1 << i), 0);
  return Buffer.concat([head, ...argv.map((word) => Buffer.from(`${word}\0`))]);
}

function resultOf(command: string, how: number, value: number): ScriptResult {
  if (how === HOW_EXITED) return { kind: "exited", status: value };
  if (how === HOW_SIGNALED) return { kind: "signaled", signal: SIGNAL_NAMES.get(value) ?? `SIG${value}` };
  // In Node.js's words for it.
  return { kind: "failedToStart", error: `spawn ${command} ${getSystemErrorName(-value)}` };
}
