/** Runs notify scripts: one after the other for each instance or group, in the order of the events. */

import { findAccount } from "./accounts.js";
import { launch, signalGroup } from "./launch.js";

/** A notify command as the configuration has it. */
export interface NotifyCommand {
  readonly argv: readonly string[];
  readonly user?: string;
  readonly group?: string;
}

/** How long a script may hold up the next one of its instance, ms; then both run side by side, as under keepalived. */
const PATIENCE = 30_000;

/** The queues. */
export class NotifyRunner {
  readonly #complain: (text: string) => void;
  readonly #queues = new Map<string, Promise<void>>();

  /** `complain` is told of scripts that could not be started. */
  constructor(complain: (text: string) => void) {
    this.#complain = complain;
  }

  /** Runs a command with further arguments, after those before it with the same key. */
  run(key: string, command: NotifyCommand, args: readonly string[], fallbackUser?: { user: string; group?: string }): void {
    const before = this.#queues.get(key) ?? Promise.resolve();
    const done = before.then(() => this.#runOne(command, args, fallbackUser));
    this.#queues.set(key, done);
    void done.then(() => {
      if (this.#queues.get(key) === done) this.#queues.delete(key);
    });
  }

  /** Waits until all queues are empty, at most `limit` ms. */
  async drain(limit: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limit);
    });
    await Promise.race([Promise.all(this.#queues.values()), enough]);
    clearTimeout(timer);
  }

  async #runOne(
    command: NotifyCommand,
    args: readonly string[],
    fallbackUser?: { user: string; group?: string },
  ): Promise<void> {
    const as = command.user === undefined ? fallbackUser : { user: command.user, ...groupOf(command) };
    try {
      const account = as === undefined ? undefined : await findAccount(as.user, as.group);
      await this.#wait({ argv: [...command.argv, ...args], account });
    } catch (error) {
      this.#complain(`Notify script ${command.argv[0]}: ${(error as Error).message}`);
    }
  }

  #wait(command: Parameters<typeof launch>[0]): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = launch(command);
      const timer = setTimeout(() => {
        this.#complain(`Notify script ${command.argv[0]} has run for ${PATIENCE / 1000} s, going on without it`);
        resolve();
      }, PATIENCE);
      child.on("error", (error) => {
        clearTimeout(timer);
        signalGroup(child, "SIGKILL");
        reject(error);
      });
      child.on("exit", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function groupOf(command: NotifyCommand): { group?: string } {
  return command.group === undefined ? {} : { group: command.group };
}
