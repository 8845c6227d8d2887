/** A long-running process in the lab, with every line it writes. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { waitFor } from "./wait-for.js";

/** Environment variable that marks a process and all its descendants, however they detach themselves. */
const MARK = "VIGIL_LAB_PROCESS";

let started = 0;

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started program. Its standard output and error are one list of lines, in the order they arrived. */
export class LabProcess {
  readonly name: string;
  readonly lines: string[] = [];
  /** Settles when the program has ended and all its output is read. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #mark: string;
  #end: ProcessEnd | undefined;

  /** Starts `argv`. @param name what messages call it. */
  constructor(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.#mark = `${process.pid}-${++started}`;
    const [program, ...args] = argv;
    if (program === undefined) throw new RangeError("an empty command");
    this.#child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env, [MARK]: this.#mark },
    });
    this.#collect(this.#child.stdout);
    this.#collect(this.#child.stderr);
    this.ended = new Promise((resolve) => {
      const finish = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#end ??= { code, signal };
        resolve(this.#end);
      };
      this.#child.on("error", (error) => {
        this.lines.push(`cannot start ${program}: ${error.message}`);
        finish(127, null);
      });
      // Not `close`: a descendant that was left behind keeps the pipe open.
      this.#child.on("exit", (code, signal) => setImmediate(() => finish(code, signal)));
    });
  }

  /** Process id of the program itself; `ip netns exec` and the launchers replace themselves by it. */
  get pid(): number {
    const pid = this.#child.pid;
    if (pid === undefined) throw new Error(`${this.name} was not started`);
    return pid;
  }

  /** How it ended, undefined while it runs. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Number of lines so far: the start of a later {@link linesSince}. */
  mark(): number {
    return this.lines.length;
  }

  /** Lines written after `mark`. */
  linesSince(mark: number): readonly string[] {
    return this.lines.slice(mark);
  }

  /** Waits until a line after `since` matches; fails at once if the process ends without it. */
  waitForLine(pattern: RegExp, options: { since?: number; timeout?: number } = {}): Promise<string> {
    return waitFor(
      () => {
        const line = this.linesSince(options.since ?? 0).find((text) => pattern.test(text));
        if (line === undefined && this.#end !== undefined) {
          throw new Error(
            `${this.name} ended ${JSON.stringify(this.#end)} without ${pattern}\n${this.tail()}`,
          );
        }
        return line;
      },
      {
        what: `${this.name} writes ${pattern}`,
        evidence: () => this.tail(),
        ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
      },
    );
  }

  /** Sends a signal to the program itself. */
  signal(signal: NodeJS.Signals): void {
    if (this.#end === undefined) process.kill(this.pid, signal);
  }

  /** Sends a signal to the program and to everything that it started, detached or not. Returns how many there were. */
  signalAll(signal: NodeJS.Signals): number {
    let count = 0;
    for (const pid of this.family()) {
      try {
        process.kill(pid, signal);
        count++;
      } catch {
        // It ended by itself in between.
      }
    }
    return count;
  }

  /**
   * Process ids of the program and of all its living descendants.
   * @param strangers processes that are known to be none; those that are found are added, so that the next look is a quick one.
   */
  family(strangers: Set<number> = new Set()): number[] {
    const wanted = `${MARK}=${this.#mark}`;
    const found: number[] = [];
    for (const entry of readdirSync("/proc")) {
      if (!/^\d+$/.test(entry) || strangers.has(Number(entry))) continue;
      try {
        const environment = readFileSync(`/proc/${entry}/environ`, "latin1");
        if (environment.split("\0").includes(wanted)) found.push(Number(entry));
        // Descendants have the mark from their fork on. Within an exec the environment is empty for a moment.
        else if (environment !== "") strangers.add(Number(entry));
      } catch {
        // It ended while /proc was read, or is a kernel thread.
      }
    }
    return found;
  }

  /**
   * Kills it with all its descendants at the same instant: first none can act any more, then all die. Resolves when not even a
   * zombie is left, as a pid file that names one looks like a running daemon.
   */
  async killAll(): Promise<void> {
    const victims = new Set<number>();
    this.signalAll("SIGSTOP");
    await waitFor(
      () => {
        const family = this.family();
        for (const pid of family) victims.add(pid);
        this.signalAll("SIGKILL");
        return family.length === 0 && [...victims].every((pid) => !existsSync(`/proc/${pid}`));
      },
      { what: `${this.name} is dead`, every: 10, evidence: () => this.tail() },
    );
    await this.ended;
  }

  /** The last lines, with the name above them. */
  tail(count = 80): string {
    const state = this.#end === undefined ? "running" : `ended ${JSON.stringify(this.#end)}`;
    return [`--- ${this.name} (${state})`, ...this.lines.slice(-count)].join("\n");
  }

  #collect(stream: NodeJS.ReadableStream | null): void {
    if (stream === null) return;
    let rest = "";
    stream.on("data", (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) this.lines.push(line);
    });
    stream.on("end", () => {
      if (rest !== "") this.lines.push(rest);
    });
  }
}
