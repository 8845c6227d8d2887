/**
 * Counts the processes of `vrrp_track_process`: by the kernel's events where there are any, else by looking through /proc every
 * second. Belongs to the main thread, as /proc may stall.
 */

import { readdirSync, readFileSync } from "node:fs";
import { type CountChange, type ProcessIdentity, ProcessTable } from "../../../check/process-table.js";
import type { EngineConfig } from "../../../engine/platform.js";
import type { SyscallError } from "../../both/syscall-error.js";
import { ProcessEvents, type ProcessEventsOptions } from "./process-events.js";

/** Milliseconds between two looks through /proc where the kernel tells nothing. */
const SCAN_INTERVAL = 1_000;

/** Milliseconds within which the kernel confirms a subscription. */
const CONFIRMATION = 1_000;

/** Milliseconds from lost events to a look at everything, so that a storm of processes is over. */
const SETTLING = 100;

/** Who is told. */
export interface ProcessWatchListener {
  changed(change: CountChange): void;
  /** A line for the operator. */
  notice(text: string): void;
}

/** The watch over the processes of a configuration. */
export class ProcessWatch {
  readonly #listener: ProcessWatchListener;
  #table = new ProcessTable([]);
  #events: ProcessEvents | undefined;
  #timer: NodeJS.Timeout | undefined;
  #confirmed = false;
  /** Said once: how processes are watched where the kernel tells nothing. */
  #scanning = false;

  constructor(listener: ProcessWatchListener) {
    this.#listener = listener;
  }

  /** Counts these processes instead of the ones before, and tells all numbers. */
  configure(processes: EngineConfig["trackProcesses"], options: ProcessEventsOptions = {}): void {
    this.close();
    this.#table = new ProcessTable(processes);
    if (processes.length === 0) return;
    // First the subscription, so that nothing happens unseen between the look and the events.
    if (!this.#scanning) this.#subscribe(options);
    this.#look();
    for (const [process, count] of this.#table.counts)
      this.#listener.changed({ process, count, change: "renamed" });
    if (this.#scanning) this.#scanRegularly();
  }

  /** Nobody is told anything any more. */
  close(): void {
    this.#events?.close();
    this.#events = undefined;
    clearTimeout(this.#timer);
    clearInterval(this.#timer);
  }

  #subscribe(options: ProcessEventsOptions): void {
    try {
      this.#events = new ProcessEvents(
        {
          event: (event) => {
            switch (event.kind) {
              case "forked":
                this.#tell(this.#table.forked(event.parent, event.child));
                break;
              case "executed": {
                const identity = this.#identify(event.pid);
                if (identity !== undefined) this.#tell(this.#table.identified(event.pid, identity));
                break;
              }
              case "renamed":
                this.#tell(this.#table.renamed(event.pid, event.shortName));
                break;
              case "ended":
                this.#tell(this.#table.ended(event.pid));
                break;
            }
          },
          confirmed: () => {
            this.#confirmed = true;
          },
          lost: () => {
            this.#listener.notice("process events were lost: looking through /proc");
            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#lookAndTell(), SETTLING);
          },
        },
        options,
      );
    } catch (error) {
      this.#scanInstead((error as SyscallError).message);
      return;
    }
    if (this.#confirmed) return;
    this.#timer = setTimeout(() => {
      if (this.#confirmed) return;
      this.#events?.close();
      this.#events = undefined;
      this.#scanInstead("the kernel does not confirm");
      this.#scanRegularly();
    }, CONFIRMATION);
  }

  #scanInstead(reason: string): void {
    this.#scanning = true;
    this.#listener.notice(
      `track_process: no process events here (${reason}): looking through /proc every ${SCAN_INTERVAL / 1_000} s instead`,
    );
  }

  #scanRegularly(): void {
    this.#timer = setInterval(() => this.#lookAndTell(), SCAN_INTERVAL);
  }

  #lookAndTell(): void {
    this.#tell(this.#look());
  }

  /**
   * Compares the table with all that runs. Only the sum counts: one that ended and another that began since the last look are no
   * change.
   */
  #look(): CountChange[] {
    const before = new Map(this.#table.counts);
    const running = new Set(
      readdirSync("/proc")
        .filter((name) => /^[0-9]+$/.test(name))
        .map(Number),
    );
    for (const pid of [...this.#table.ids]) if (!running.has(pid)) this.#table.ended(pid);
    for (const pid of running) {
      const identity = this.#identify(pid);
      if (identity !== undefined) this.#table.identified(pid, identity);
      else this.#table.ended(pid);
    }
    return [...this.#table.counts].flatMap(([process, count]): CountChange[] => {
      const old = before.get(process) ?? 0;
      if (count === old) return [];
      return [{ process, count, change: count < old ? "ended" : "renamed" }];
    });
  }

  /** What a process is; undefined when it is gone, or dead and not yet buried. */
  #identify(pid: number): ProcessIdentity | undefined {
    const { shortName, commandLine } = this.#table.needs;
    try {
      const stat = shortName ? readFileSync(`/proc/${pid}/stat`, "utf8") : undefined;
      // The name may have parentheses of its own: "pid (name) state …".
      const end = stat?.lastIndexOf(")") ?? 0;
      if (stat?.charAt(end + 2) === "Z") return undefined;
      return {
        shortName: stat?.slice(stat.indexOf("(") + 1, end),
        commandLine: commandLine ? readWords(`/proc/${pid}/cmdline`) : undefined,
      };
    } catch {
      // It ended in between.
      return undefined;
    }
  }

  #tell(changes: readonly CountChange[]): void {
    for (const change of changes) this.#listener.changed(change);
  }
}

/** Words that each end with a NUL. */
function readWords(path: string): string[] {
  const words = readFileSync(path, "utf8").split("\0");
  words.pop();
  return words;
}
