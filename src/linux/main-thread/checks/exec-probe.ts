/** Runs a plugin, with the contract of monitoring plugins: exit status 0 OK, 1 warning, 2 critical, 3 unknown; one line that says why. */

import type { CheckResult } from "../../../check/check-result.js";
import type { ScriptResult } from "../../../engine/platform.js";
import { ScriptProcess, type ScriptProgram } from "../scripts/script-process.js";
import type { Probe } from "./probe.js";

/** The probe. */
export class ExecProbe implements Probe {
  readonly #program: ScriptProgram | { readonly error: string };
  #process: ScriptProcess | undefined;

  constructor(program: ScriptProgram | { readonly error: string }) {
    this.#program = program;
  }

  start(done: (result: CheckResult) => void): void {
    this.abandon();
    const program = this.#program;
    if ("error" in program) {
      queueMicrotask(() => done({ ok: false, failure: "setup", text: program.error }));
      return;
    }
    const process = new ScriptProcess(program, true);
    this.#process = process;
    void process.ended.then((result) => {
      if (this.#process !== process) return;
      this.#process = undefined;
      done(judge(result, process.firstLine()));
    });
  }

  abandon(): void {
    const process = this.#process;
    this.#process = undefined;
    process?.signal("SIGKILL");
  }

  close(): void {
    this.abandon();
  }
}

function judge(result: ScriptResult, line: string): CheckResult {
  if (result.kind === "failedToStart") return { ok: false, failure: "setup", text: result.error };
  if (result.kind === "signaled") return { ok: false, failure: "exit", text: `ended by ${result.signal}` };
  const { status } = result;
  const text = line === "" ? `exit status ${status}` : line;
  return status < 2 ? { ok: true, text } : { ok: false, failure: "exit", text };
}
