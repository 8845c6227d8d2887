/**
 * One run of a script: a process group of its own, without a shell, with keepalived's environment for scripts and /dev/null for
 * input and output. However the script behaves, nothing here waits for it.
 */

import { type ChildProcess, spawn } from "node:child_process";
import type { ScriptResult } from "../engine/platform.js";
import type { Account } from "./accounts.js";

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

/** How long the output of a script that has ended is waited for, ms. */
const LAST_WORDS = 50;

/** A started script. */
export class ScriptProcess {
  /** Settled once the process itself has ended; children of it may live on. Never rejects. */
  readonly ended: Promise<ScriptResult>;
  #child: ChildProcess | undefined;
  #killed = false;

  /** @param output gets what it writes to standard output until it ends; without it that is /dev/null. */
  constructor(program: ScriptProgram, output?: (text: string) => void) {
    this.ended = new Promise((resolve) => {
      const fail = (error: unknown): void => {
        this.#child = undefined;
        resolve({ kind: "failedToStart", error: error instanceof Error ? error.message : String(error) });
      };
      try {
        const child = start(program, output !== undefined);
        child.stdout?.setEncoding("utf8").on("data", (text: string) => output?.(text));
        this.#child = child;
        child.once("error", fail);
        child.once("exit", (status, signal) => {
          this.#endOfLeader(child);
          const result: ScriptResult =
            signal === null ? { kind: "exited", status: status ?? 0 } : { kind: "signaled", signal };
          if (child.stdout === null) resolve(result);
          else {
            // Its last words may still be on their way; a child of it that keeps the pipe does not hold up the result.
            child.stdout.once("close", () => resolve(result));
            setTimeout(() => resolve(result), LAST_WORDS);
          }
        });
      } catch (error) {
        // Some failures, such as a user one may not become, are thrown instead of told.
        fail(error);
      }
    });
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

function start({ argv, credentials }: ScriptProgram, piped: boolean): ChildProcess {
  const [command = "", ...args] = readableTest(argv) ?? argv;
  return spawn(command, args, {
    detached: true,
    stdio: ["ignore", piped ? "pipe" : "ignore", "ignore"],
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
