/**
 * Runs notify scripts. Those of one instance run one after the other, in the order of its state changes, so that the last state
 * told is the true one. None is lost: a script that hangs delays the next only for a while, and when too many wait, they start
 * without waiting.
 */

import type { AccountName } from "./accounts.js";
import { ScriptProcess } from "./script-process.js";
import { type OwnedCommand, programOf } from "./script-runner.js";

/** Limits of the queues. */
export interface NotifyLimits {
  /** Milliseconds that a script may keep the next one of its instance waiting. It goes on running. */
  readonly patience: number;
  /** Scripts of one instance that may wait. */
  readonly waiting: number;
}

const DEFAULT_LIMITS: NotifyLimits = { patience: 10_000, waiting: 1_000 };

interface Call {
  readonly command: OwnedCommand;
  readonly args: readonly string[];
  readonly scriptUser: AccountName | undefined;
}

interface Queue {
  readonly waiting: Call[];
  /** Ends the wait for the script that runs. */
  next: (() => void) | undefined;
}

/** The runner. */
export class NotifyRunner {
  readonly #say: (text: string) => void;
  readonly #limits: NotifyLimits;
  readonly #queues = new Map<string, Queue>();
  /** Everything started that has not ended. */
  readonly #running = new Set<ScriptProcess>();
  /** Told when nothing runs and nothing waits. */
  #idle: (() => void)[] = [];
  #givenUp = false;

  /** @param say gets a line for the log when a script could not be started, or is not waited for any longer. */
  constructor(say: (text: string) => void, limits: NotifyLimits = DEFAULT_LIMITS) {
    this.#say = say;
    this.#limits = limits;
  }

  /**
   * Runs a command after everything with the same key.
   * @param args behind the command's own arguments.
   * @param scriptUser whom a command without a user runs as; keepalived's default without it.
   */
  run(key: string, command: OwnedCommand, args: readonly string[], scriptUser?: AccountName): void {
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = { waiting: [], next: undefined };
      this.#queues.set(key, queue);
      queue.waiting.push({ command, args, scriptUser });
      void this.#serve(key, queue);
      return;
    }
    queue.waiting.push({ command, args, scriptUser });
    if (queue.waiting.length > this.#limits.waiting) queue.next?.();
  }

  /** Waits until every script has ended, at most `limit` ms; then kills what is left. True when all ended by themselves. */
  async drain(limit: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), limit);
    });
    const idle = new Promise<boolean>((resolve) => {
      this.#idle.push(() => resolve(true));
      this.#tellIfIdle();
    });
    const ended = await Promise.race([idle, timeout]);
    clearTimeout(timer);
    if (!ended) this.#giveUp();
    return ended;
  }

  #giveUp(): void {
    this.#givenUp = true;
    for (const queue of this.#queues.values()) {
      for (const { command } of queue.waiting.splice(0)) {
        this.#say(`Notify script ${command.argv[0]} not run: no time left`);
      }
    }
    for (const process of this.#running) process.signal("SIGKILL");
  }

  async #serve(key: string, queue: Queue): Promise<void> {
    for (let call = queue.waiting.shift(); call !== undefined; call = queue.waiting.shift()) {
      const process = await this.#start(call);
      if (process !== undefined) await this.#wait(process, call, queue);
    }
    this.#queues.delete(key);
    this.#tellIfIdle();
  }

  async #start({ command, args, scriptUser }: Call): Promise<ScriptProcess | undefined> {
    const program = await programOf(command, scriptUser);
    if ("error" in program) {
      this.#say(`Notify script ${command.argv[0]}: ${program.error}`);
      return undefined;
    }
    if (this.#givenUp) {
      this.#say(`Notify script ${command.argv[0]} not run: no time left`);
      return undefined;
    }
    const process = new ScriptProcess({ ...program, argv: [...program.argv, ...args] });
    this.#running.add(process);
    void process.ended.then((result) => {
      this.#running.delete(process);
      if (result.kind === "failedToStart") this.#say(`Notify script ${command.argv[0]}: ${result.error}`);
      this.#tellIfIdle();
    });
    return process;
  }

  /** Until the script has ended, has used up the patience, or too many wait behind it. */
  async #wait(process: ScriptProcess, { command }: Call, queue: Queue): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      queue.next = resolve;
      timer = setTimeout(() => {
        this.#say(`Notify script ${command.argv[0]} still runs, not waiting for it any longer`);
        resolve();
      }, this.#limits.patience);
      if (queue.waiting.length > this.#limits.waiting) resolve();
    });
    await Promise.race([process.ended, enough]);
    clearTimeout(timer);
    queue.next = undefined;
  }

  #tellIfIdle(): void {
    if (this.#queues.size > 0 || this.#running.size > 0) return;
    for (const tell of this.#idle.splice(0)) tell();
  }
}
