/** Runs the `vrrp_script`s on the main thread, when the engine asks for it. */

import type { ChildProcess } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { EngineConfig, ScriptResult, ScriptRun } from "../engine/platform.js";
import { type Account, findAccount } from "./accounts.js";
import { type Launch, launch, signalGroup } from "./launch.js";

/** Told once for each run that was started. */
export type ScriptFinished = (run: ScriptRun, result: ScriptResult) => void;

interface Prepared extends Launch {
  /** Why it cannot run: its user does not exist. */
  readonly refusal: string | undefined;
}

/** All scripts of a configuration. */
export class ScriptRunner {
  readonly #finished: ScriptFinished;
  #prepared = new Map<string, Prepared>();
  readonly #children = new Map<string, ChildProcess>();

  constructor(finished: ScriptFinished) {
    this.#finished = finished;
  }

  /** Looks up users and groups, so that no run has to. */
  async configure(config: EngineConfig): Promise<void> {
    const { scriptUser } = config.global;
    const prepared = new Map<string, Prepared>();
    for (const { name, command } of config.scripts) {
      const { argv } = command;
      const user = command.user ?? scriptUser?.user;
      const group = command.user === undefined ? scriptUser?.group : command.group;
      const account = user === undefined ? await defaultAccount() : await findAccount(user, group).catch(asError);
      if (account instanceof Error) prepared.set(name, { argv, account: undefined, refusal: account.message });
      else prepared.set(name, { argv, account, refusal: undefined });
    }
    this.#prepared = prepared;
  }

  /** Starts a run. */
  start(run: ScriptRun): void {
    const script = this.#prepared.get(run.script);
    if (script === undefined || script.refusal !== undefined) {
      const error = script?.refusal ?? "no such script";
      setImmediate(() => this.#finished(run, { kind: "failedToStart", error }));
      return;
    }
    const [program = ""] = script.argv;
    if (program.startsWith("<")) void this.#testReadable(run, program.slice(1));
    else this.#launch(run, script);
  }

  /** Signals the process group of a run that may have ended already. */
  kill(run: ScriptRun, signal: "SIGTERM" | "SIGKILL"): void {
    const child = this.#children.get(keyOf(run));
    if (child !== undefined) signalGroup(child, signal);
  }

  /** Ends all runs, for good. */
  stop(): void {
    for (const child of this.#children.values()) signalGroup(child, "SIGKILL");
    this.#children.clear();
  }

  #launch(run: ScriptRun, script: Launch): void {
    const key = keyOf(run);
    const child = launch(script);
    this.#children.set(key, child);
    const finish = (result: ScriptResult) => {
      if (this.#children.delete(key)) this.#finished(run, result);
    };
    child.on("error", (error) => finish({ kind: "failedToStart", error: error.message }));
    child.on("exit", (status, signal) => {
      if (signal !== null) finish({ kind: "signaled", signal });
      else finish({ kind: "exited", status: status ?? 1 });
    });
  }

  /** `script "</path"`: keepalived's test whether a file can be read. */
  async #testReadable(run: ScriptRun, path: string): Promise<void> {
    const status = await access(path, constants.R_OK).then(
      () => 0,
      () => 1,
    );
    this.#finished(run, { kind: "exited", status });
  }
}

function keyOf(run: ScriptRun): string {
  return `${run.script}/${run.run}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** keepalived's default: the account keepalived_script if there is one, else as we are. */
async function defaultAccount(): Promise<Account | undefined> {
  return findAccount("keepalived_script").catch(() => undefined);
}
