/**
 * Runs the `vrrp_script`s of a configuration on the main thread. The engine decides when, and for how long; this starts, signals
 * and tells how each run ended.
 */

import type { EngineConfig, ScriptResult, ScriptRun } from "../../../engine/platform.js";
import type { Commit } from "../../both/commit.js";
import { type Account, type AccountName, defaultCredentials, findCredentials } from "./accounts.js";
import { ScriptProcess, type ScriptProgram, type ScriptSignal } from "./script-process.js";

/** What a runner needs of a configuration. */
export interface ScriptRunnerConfig {
  readonly global: Pick<EngineConfig["global"], "scriptUser">;
  readonly scripts: readonly Pick<EngineConfig["scripts"][number], "name" | "command">[];
}

/** The runner. */
export class ScriptRunner {
  readonly #finished: (run: ScriptRun, result: ScriptResult, said: string) => void;
  /** By script name; an error text where the user does not exist. */
  #programs = new Map<string, ScriptProgram | { readonly error: string }>();
  /** Runs under way, by script name and run number. */
  readonly #processes = new Map<string, ScriptProcess>();
  #stopped = false;

  /**
   * @param finished told once for every run that was started, never from within {@link start}; `said` is the first line of its
   *   output, printable, empty when there is none.
   */
  constructor(finished: (run: ScriptRun, result: ScriptResult, said: string) => void) {
    this.#finished = finished;
  }

  /**
   * Looks up all users of a configuration, so that no run has to. Runs under way go on; scripts of the configuration before can be
   * started until the engine has the new one.
   */
  async prepare(config: ScriptRunnerConfig): Promise<Commit> {
    const entries = config.scripts.map(async ({ name, command }) => {
      const program = await programOf(command, config.global.scriptUser);
      return [name, program] as const;
    });
    const programs = new Map(await Promise.all(entries));
    return {
      commit: () => {
        this.#programs = new Map([...this.#programs, ...programs]);
      },
      finish: () => {
        this.#programs = programs;
      },
    };
  }

  /** Starts a run. */
  start(run: ScriptRun): void {
    const program = this.#programs.get(run.script);
    if (program === undefined || "error" in program) {
      const error = program?.error ?? `no script ${run.script} is configured`;
      queueMicrotask(() => this.#tell(run, { kind: "failedToStart", error }, ""));
      return;
    }
    const process = new ScriptProcess(program, true);
    const key = keyOf(run);
    this.#processes.set(key, process);
    void process.ended.then((result) => {
      if (this.#processes.get(key) !== process) return;
      this.#processes.delete(key);
      this.#tell(run, result, process.firstLine());
    });
  }

  /** Signals the process group of a run, if it is still under way. */
  kill(run: ScriptRun, signal: ScriptSignal): void {
    this.#processes.get(keyOf(run))?.signal(signal);
  }

  /** Ends all runs, with SIGKILL for their process groups; their ends are not told. For an engine that has died. */
  forget(): void {
    const processes = [...this.#processes.values()];
    this.#processes.clear();
    for (const process of processes) process.signal("SIGKILL");
  }

  /** As {@link forget}; nothing is told any more. */
  stop(): void {
    this.#stopped = true;
    this.forget();
  }

  #tell(run: ScriptRun, result: ScriptResult, said: string): void {
    if (!this.#stopped) this.#finished(run, result, said);
  }
}

/** A command with a user and group. */
export interface OwnedCommand extends Partial<AccountName> {
  readonly argv: readonly string[];
}

/**
 * A command with its user looked up: its own, else that of `script_user`, else keepalived's default. An error instead when
 * there is no such user.
 */
export async function programOf(
  command: OwnedCommand,
  scriptUser: AccountName | undefined,
): Promise<ScriptProgram | { readonly error: string }> {
  try {
    return { argv: command.argv, credentials: await credentialsOf(command, scriptUser) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function credentialsOf(command: OwnedCommand, scriptUser: AccountName | undefined): Promise<Account> {
  const { user, group } = command;
  if (user !== undefined) return findCredentials(group === undefined ? { user } : { user, group });
  return scriptUser === undefined ? defaultCredentials() : findCredentials(scriptUser);
}

function keyOf({ script, run }: ScriptRun): string {
  return `${run} ${script}`;
}
