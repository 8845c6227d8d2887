/** The `vrrp_script`s of a configuration: one schedule each, and what their results mean. */

import { unreachable } from "../../base/assert.js";
import { earlier, type Micros } from "../../base/time.js";
import { type ScriptOrder, ScriptSchedule } from "../../check/script-schedule.js";
import type { VrrpScript } from "../../config/config.js";
import type { EngineEvent, ScriptOutcome } from "../events.js";
import type { Platform, ScriptResult, ScriptRun } from "../platform.js";

/** What an outsider may see of a script. */
export interface ScriptSnapshot {
  readonly config: VrrpScript;
  readonly ok: boolean | undefined;
  /** Results in a row that speak against the verdict. */
  readonly against: number;
  readonly lastOutcome: ScriptOutcome | undefined;
  readonly lastOutcomeAt: Micros | undefined;
  /** The first line of output of the run with the last outcome, empty when there is none. */
  readonly lastSaid: string;
  /** A run is under way. */
  readonly running: boolean;
}

interface Entry {
  config: VrrpScript;
  readonly schedule: ScriptSchedule;
  lastOutcome: ScriptOutcome | undefined;
  lastOutcomeAt: Micros | undefined;
  lastSaid: string;
  /** Added by a reload: unknown is no reason for FAULT then. */
  readonly addedLater: boolean;
}

/** All scripts. */
export class Scripts {
  readonly #platform: Pick<Platform, "startScript" | "killScript" | "emit">;
  readonly #entries = new Map<string, Entry>();

  constructor(platform: Pick<Platform, "startScript" | "killScript" | "emit">) {
    this.#platform = platform;
  }

  /** Adopts the scripts of a configuration: the same name and command keeps its verdict. */
  configure(scripts: readonly VrrpScript[], reload: boolean, now: Micros): void {
    const wanted = new Map(scripts.map((script) => [script.name, script]));
    for (const [name, entry] of this.#entries) {
      const config = wanted.get(name);
      if (config !== undefined && sameCommand(config, entry.config)) {
        entry.config = config;
        entry.schedule.reconfigure(config, now);
      } else {
        this.#carryOut(entry, entry.schedule.stop(), now);
        this.#entries.delete(name);
      }
    }
    for (const [name, config] of wanted) {
      if (this.#entries.has(name)) continue;
      const schedule = new ScriptSchedule(config, now);
      this.#entries.set(name, {
        config,
        schedule,
        lastOutcome: undefined,
        lastOutcomeAt: undefined,
        lastSaid: "",
        addedLater: reload,
      });
    }
  }

  /** The verdict about a script; undefined before its first result. */
  ok(name: string): boolean | undefined {
    return this.#entries.get(name)?.schedule.ok;
  }

  /** True while an instance that tracks the script has to wait for its first result. */
  isPending(name: string): boolean {
    const entry = this.#entries.get(name);
    return entry !== undefined && entry.schedule.ok === undefined && !entry.addedLater;
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline: Micros | undefined;
    for (const { schedule } of this.#entries.values()) deadline = earlier(deadline, schedule.nextDeadline());
    return deadline;
  }

  /** Starts and ends runs; true when a verdict changed. */
  handleTimeout(now: Micros): boolean {
    let changed = false;
    for (const entry of this.#entries.values()) {
      if (this.#carryOut(entry, entry.schedule.handleTimeout(now), now)) changed = true;
    }
    return changed;
  }

  /** A run ended, having said something or not; true when a verdict changed. */
  finished(run: ScriptRun, result: ScriptResult, said: string, now: Micros): boolean {
    const entry = this.#entries.get(run.script);
    if (entry === undefined || !entry.schedule.finished(run.run)) return false;
    return this.#count(entry, result, said, now);
  }

  /** Ends all runs. */
  stop(now: Micros): void {
    for (const entry of this.#entries.values()) this.#carryOut(entry, entry.schedule.stop(), now);
    this.#entries.clear();
  }

  /** All scripts, in the order in which they were first configured: one that a reload brings is last. */
  snapshot(): ScriptSnapshot[] {
    return [...this.#entries.values()].map((entry) => ({
      config: entry.config,
      ok: entry.schedule.ok,
      against: entry.schedule.against,
      lastOutcome: entry.lastOutcome,
      lastOutcomeAt: entry.lastOutcomeAt,
      lastSaid: entry.lastSaid,
      running: entry.schedule.isRunning,
    }));
  }

  #carryOut(entry: Entry, orders: readonly ScriptOrder[], now: Micros): boolean {
    const script = entry.config.name;
    let changed = false;
    for (const order of orders) {
      switch (order.kind) {
        case "start":
          this.#platform.startScript({ script, run: order.run });
          break;
        case "kill":
          this.#platform.killScript({ script, run: order.run }, order.signal);
          break;
        case "timedOut":
          if (this.#count(entry, { kind: "timedOut" }, "", now)) changed = true;
          break;
        case "skipped":
          this.#emit({ kind: "ScriptStillRunning", script });
          break;
        default:
          unreachable(order);
      }
    }
    return changed;
  }

  #count(entry: Entry, outcome: ScriptOutcome, said: string, now: Micros): boolean {
    const script = entry.config.name;
    const before = entry.lastOutcome;
    entry.lastOutcome = outcome;
    entry.lastOutcomeAt = now;
    entry.lastSaid = said;
    if (JSON.stringify(before) !== JSON.stringify(outcome))
      this.#emit({ kind: "ScriptReturned", script, outcome });
    const ok = isSuccess(outcome);
    const changed = entry.schedule.count(ok);
    if (changed) this.#emit({ kind: "ScriptChanged", script, ok, outcome });
    return changed;
  }

  #emit(event: EngineEvent): void {
    this.#platform.emit(event);
  }
}

/**
 * Exit status 0. A script that could not be started counts as a success, as in keepalived: a file that serves under
 * keepalived must serve under Vigil. The event says loudly that nothing is being checked.
 */
function isSuccess(outcome: ScriptOutcome): boolean {
  if (outcome.kind === "failedToStart") return true;
  return outcome.kind === "exited" && outcome.status === 0;
}

function sameCommand(a: VrrpScript, b: VrrpScript): boolean {
  return JSON.stringify(a.command) === JSON.stringify(b.command);
}
