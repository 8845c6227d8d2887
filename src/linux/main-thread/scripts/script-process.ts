/**
 * One run of a script: a process group of its own, without a shell, started by the starter. Its input is /dev/null, and so is its
 * output unless it is listened to. However the script behaves, nothing here waits for it.
 */

import type { ScriptResult } from "../../../engine/platform.js";
import type { Account } from "./accounts.js";
import { ScriptOutput } from "./script-output.js";
import { type StartedProgram, startProgram } from "./starter.js";

/** What is run. */
export interface ScriptProgram {
  /** At least one element. The first is a path, a name to be searched in PATH, or `</path`: is that file readable? */
  readonly argv: readonly string[];
  readonly credentials: Account;
}

/** Signals for a script. */
export type ScriptSignal = "SIGTERM" | "SIGKILL";

/** The shell opens the file, as the user of the script: `< "$0"` fails when it cannot. */
const READABLE_TEST = ["/bin/sh", "-c", '< "$0"'];

/** A started script. */
export class ScriptProcess {
  /** Settled once the process itself has ended; children of it may live on. Never rejects. */
  readonly ended: Promise<ScriptResult>;
  readonly #output: ScriptOutput | undefined;
  readonly #program: StartedProgram;

  /** @param listen keep the first line of what it writes, for {@link firstLine}. */
  constructor({ argv, credentials }: ScriptProgram, listen = false) {
    this.#output = listen ? ScriptOutput.open() : undefined;
    const [output, error] = this.#output?.descriptors ?? [];
    const stdio = [undefined, output, error];
    this.#program = startProgram({ argv: readableTest(argv) ?? argv, credentials, stdio });
    this.#output?.handedOver();
    this.ended = this.#program.ended;
  }

  /** The first line that it wrote before it {@link ended}, printable; empty when it said nothing. */
  firstLine(): string {
    return this.#output?.firstLine() ?? "";
  }

  /** Signals the process group; what is left of it when the script itself ends is killed then. */
  signal(signal: ScriptSignal): void {
    this.#program.signal(signal);
  }
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
