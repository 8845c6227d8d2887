/** The native parent of this process: what it is told and asked (native/parent/protocol.h, 1). */

import { readSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { type Descriptor, native } from "../../both/native.js";
import { parentChannels } from "../../both/parent-channels.js";
import { Readiness } from "../../both/readiness.js";

/** Longest message, bytes. */
const MOST = 4_096;

/** A pid file to claim. */
export interface PidFile {
  readonly path: string;
  /** Whose pid is in it. */
  readonly of: "parent" | "child";
}

/** How a claim of pid files ended. */
export interface PidFileClaim {
  /** For each file that was looked at what was found in it, if that is worth a line. */
  readonly found: readonly ("nothing" | "gone" | "unreadable")[];
  readonly result:
    | { readonly kind: "ours" }
    | { readonly kind: "runs"; readonly pid: number }
    | { readonly kind: "failed"; readonly path: string; readonly code: string };
}

const FOUND = ["nothing", "gone", "unreadable"] as const;

/** One for the process. */
export class ParentProcess {
  readonly #control: Descriptor;
  readonly #signal: (number: number) => void;
  readonly #buffer = Buffer.alloc(MOST);
  readonly #readiness: Readiness;
  #answer: ((message: Buffer) => void) | undefined;

  /**
   * Resolves when the parent is dead: nobody takes signals, starts scripts, or starts us again any more.
   */
  readonly gone: Promise<void>;
  #isGone: () => void = () => {};

  /**
   * @param signal told of each signal, by number, that was sent to the parent.
   * @throws {Error} when there is no parent.
   */
  constructor(signal: (number: number) => void) {
    if (parentChannels === undefined) throw new Error("start keepalived, not its Node.js program");
    this.#signal = signal;
    this.gone = new Promise((resolve) => {
      this.#isGone = resolve;
    });
    this.#control = native.adoptDescriptor(parentChannels.control);
    this.#readiness = new Readiness(this.#control, () => this.#receive());
  }

  /** Signals are handed on from now on; those that came before come at once, each once. */
  takeSignals(): void {
    this.#tell("s");
  }

  /**
   * Has it enter a network namespace of ip-netns(8), to be started again there.
   * @returns undefined when this process is to end now with status 0, else keepalived's words for what failed.
   */
  async enterNamespace(name: string): Promise<string | undefined> {
    const message = await this.#ask(`n${name}`);
    const errno = message.readInt32LE(1);
    if (errno === 0) return undefined;
    const path = `/run/netns/${name}`;
    const code = getSystemErrorName(-errno);
    return message[5] === 0
      ? `Failed to open ${path} (${code})`
      : `Failed to enter ${path} (${code}): CAP_SYS_ADMIN is needed for it`;
  }

  /** Claims pid files, all or none, for as long as the parent lives. */
  async claimPidFiles(files: readonly PidFile[]): Promise<PidFileClaim> {
    const text = files.map(({ path, of }) => `${of === "parent" ? "p" : "c"}${path}\0`).join("");
    const message = await this.#ask(`p${text}`);
    const value = message.readInt32LE(3);
    const found = [...message.subarray(7)].map((note) => FOUND[note] ?? "nothing");
    if (message[1] === 0) return { found, result: { kind: "ours" } };
    if (message[1] === 1) return { found, result: { kind: "runs", pid: value } };
    const path = files[message[2] ?? 0]?.path ?? "";
    return { found, result: { kind: "failed", path, code: getSystemErrorName(-value) } };
  }

  /** The daemon runs: a start in the background returns. */
  up(): void {
    this.#tell("u");
  }

  /** Hands on a message to the service manager; sd_notify(3). */
  tellServiceManager(text: string): void {
    this.#tell(`y${text}`);
  }

  /** The parent's name in ps(1); its first 15 bytes count. */
  setName(name: string): void {
    this.#tell(`t${name}`);
  }

  /** This process ends for good: with its exit status the parent ends too. */
  leave(): void {
    this.#tell("l");
  }

  #tell(text: string): void {
    const taken = native.writeNow(this.#control, Buffer.from(text).subarray(0, MOST));
    // It reads at once unless it stands still; what is lost then is a line for the service manager.
    if (taken === -constants.errno.EPIPE) this.#goneNow();
  }

  #ask(text: string): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#tell(text);
    });
  }

  #receive(): void {
    const message = this.#read();
    if (message === undefined) return;
    if (message.length === 0) this.#goneNow();
    else if (message[0] === 0x73) this.#signal(message[1] ?? 0);
    else {
      const answer = this.#answer;
      this.#answer = undefined;
      answer?.(Buffer.from(message));
    }
  }

  #goneNow(): void {
    this.#readiness.close();
    this.#isGone();
  }

  #read(): Buffer | undefined {
    try {
      return this.#buffer.subarray(0, readSync(this.#control, this.#buffer));
    } catch (error) {
      // Reset: it died with messages of ours unread.
      return (error as NodeJS.ErrnoException).code === "EAGAIN" ? undefined : this.#buffer.subarray(0, 0);
    }
  }
}
