/**
 * One run of a script: a process group of its own, without a shell, with keepalived's environment for scripts. Its input is
 * /dev/null, and so is its output unless somebody wants to know what it says. However the script behaves, nothing here waits for
 * it.
 */

import { type ChildProcess, spawn } from "node:child_process";
import type { ScriptResult } from "../../../engine/platform.js";
import type { Account } from "./accounts.js";
import { ScriptOutput } from "./script-output.js";

/** What is run. */
export interface ScriptProgram {
  /** At least one element. The first is a path, a name to be searched in PATH, or `</path`: is that file readable? */
  readonly argv: readonly string[];
  readonly credentials: Account;
}

/** Signals for a script. */
export type ScriptSignal = "SIGTERM" | "SIGKILL";

/** Variables that a script must not inherit: they change what a shell or the loader does. */
const DROPPED_VARIABLES = ["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"];

/** The shell opens the file, as the user of the script: `< "$0"` fails when it cannot. */
const READABLE_TEST = ["/bin/sh", "-c", '< "$0"'];

/** A started script. */
export class ScriptProcess {
  /** Settled once the process itself has ended; children of it may live on. Never rejects. */
  readonly ended: Promise<ScriptResult>;
  readonly #output: ScriptOutput | undefined;
  #child: ChildProcess | undefined;
  #killed = false;

  /** @param listen keep the first line of what it writes, for {@link firstLine}. */
  constructor(program: ScriptProgram, listen = false) {
    this.#output = listen ? ScriptOutput.open() : undefined;
    this.ended = new Promise((resolve) => {
      const fail = (error: unknown): void => {
        this.#child = undefined;
        resolve({ kind: "failedToStart", error: error instanceof Error ? error.message : String(error) });
      };
      try {
        const child = start(program, this.#output?.descriptors);
        this.#child = child;
        child.once("error", fail);
        child.once("exit", (status, signal) => {
          this.#endOfLeader(child);
          if (signal === null) resolve({ kind: "exited", status: status ?? 0 });
          else resolve({ kind: "signaled", signal });
        });
      } catch (error) {
        // Some failures, such as a user one may not become, are thrown instead of told.
        fail(error);
      }
    });
    this.#output?.handedOver();
  }

  /** The first line that it wrote before it {@link ended}, printable; empty when it said nothing. */
  firstLine(): string {
    return this.#output?.firstLine() ?? "";
  }

  /** Signals the process group. */
  signal(signal: ScriptSignal): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    this.#killed = true;
    signalGroup(pid, signal);
  }

  /**
   * A script that had to be ended may leave children behind that ignored the signal. The group's number belongs to nobody else
   * as long as one of them lives.
   */
  #endOfLeader(child: ChildProcess): void {
    this.#child = undefined;
    if (this.#killed && child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
  }
}

function start({ argv, credentials }: ScriptProgram, output: readonly number[] = []): ChildProcess {
  const [command = "", ...args] = readableTest(argv) ?? argv;
  return spawn(command, args, {
    detached: true,
    stdio: ["ignore", output[0] ?? "ignore", output[1] ?? "ignore"],
    env: scriptEnvironment(),
    uid: credentials.uid,
    gid: credentials.gid,
  });
}

/** keepalived's `</path`, with blanks between the two characters or none. */
function readableTest(argv: readonly string[]): readonly string[] | undefined {
  const path = readablePath(argv[0] ?? "");
  return path === undefined ? undefined : [...READABLE_TEST, path];
}

/** The file of a `</path` command; undefined for any other. */
export function readablePath(command: string): string | undefined {
  return /^<[ \t]*(\/.*)$/s.exec(command)?.[1];
}

function scriptEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of DROPPED_VARIABLES) delete environment[name];
  return environment;
}

function signalGroup(pid: number, signal: ScriptSignal): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: the whole group has ended by itself. EPERM: what is left of it runs as somebody we may not signal.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
