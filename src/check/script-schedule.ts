/**
 * When one `vrrp_script` runs, when a run has taken too long, and what its results say. Knows no process: it answers with
 * orders, and is told how they ended.
 */

import { after, earlier, type Micros, micros, seconds } from "../base/time.js";
import { judge, type RiseFall, UNDECIDED } from "./rise-fall.js";

/** The settings of a script that concern its schedule. */
export interface ScriptScheduleConfig {
  /** µs between starts. */
  readonly interval: Micros;
  /** µs after which a run counts as failed and is ended. */
  readonly timeout: Micros;
  readonly rise: number;
  readonly fall: number;
}

/** What is to be done about the script's process. */
export type ScriptOrder =
  | { readonly kind: "start"; readonly run: number }
  | { readonly kind: "kill"; readonly run: number; readonly signal: "SIGTERM" | "SIGKILL" }
  /** A run passed its deadline: it counts as a failure now, however long it takes to die. */
  | { readonly kind: "timedOut"; readonly run: number }
  /** The time for the next run came while the last one was still within its deadline. */
  | { readonly kind: "skipped" };

/** How long a run may take to obey SIGTERM before SIGKILL; keepalived's 2 s. */
const TERM_GRACE: Micros = seconds(2);

interface Running {
  readonly run: number;
  readonly timeoutAt: Micros;
  /** Set once SIGTERM was sent. */
  readonly killAt: Micros | undefined;
}

/** One script's schedule. */
export class ScriptSchedule {
  #config: ScriptScheduleConfig;
  #verdict: RiseFall = UNDECIDED;
  #nextRunAt: Micros;
  #running: Running | undefined;
  #runs = 0;

  /** The first run is due at once. */
  constructor(config: ScriptScheduleConfig, now: Micros) {
    this.#config = config;
    this.#nextRunAt = now;
  }

  /** The verdict; undefined before the first result. */
  get ok(): boolean | undefined {
    return this.#verdict.ok;
  }

  /** Results in a row that speak against the verdict. */
  get against(): number {
    return this.#verdict.against;
  }

  /** True while a run is under way. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros {
    return earlier(this.#nextRunAt, this.#running?.killAt ?? this.#running?.timeoutAt) ?? this.#nextRunAt;
  }

  /** Serves every deadline up to `now`. */
  handleTimeout(now: Micros): ScriptOrder[] {
    const orders: ScriptOrder[] = [];
    const late = this.#running;
    if (late !== undefined && late.killAt === undefined && now >= late.timeoutAt) {
      this.#running = { ...late, killAt: after(now, TERM_GRACE) };
      orders.push({ kind: "timedOut", run: late.run }, { kind: "kill", run: late.run, signal: "SIGTERM" });
    } else if (late?.killAt !== undefined && now >= late.killAt) {
      this.#running = undefined;
      orders.push({ kind: "kill", run: late.run, signal: "SIGKILL" });
    }
    if (now >= this.#nextRunAt) orders.push(...this.#tick(now));
    return orders;
  }

  /**
   * A run ended by itself. Returns whether it counts: the end of a run that already counted as timed out, or of one that was
   * given up, does not.
   */
  finished(run: number): boolean {
    const running = this.#running;
    if (running === undefined || running.run !== run) return false;
    this.#running = undefined;
    return running.killAt === undefined;
  }

  /** Counts one result; true when the verdict changed. */
  count(success: boolean): boolean {
    const before = this.#verdict.ok;
    this.#verdict = judge(this.#verdict, success, this.#config);
    return this.#verdict.ok !== before;
  }

  /** A reload: the verdict stays, new settings hold from the next run. */
  reconfigure(config: ScriptScheduleConfig, now: Micros): void {
    this.#config = config;
    const soonest = after(now, config.interval);
    if (this.#nextRunAt > soonest) this.#nextRunAt = soonest;
  }

  /** The run to end when the script is no longer wanted. */
  stop(): ScriptOrder[] {
    const running = this.#running;
    this.#running = undefined;
    return running === undefined ? [] : [{ kind: "kill", run: running.run, signal: "SIGKILL" }];
  }

  #tick(now: Micros): ScriptOrder[] {
    const { interval, timeout } = this.#config;
    const missed = Math.floor((now - this.#nextRunAt) / interval);
    this.#nextRunAt = after(this.#nextRunAt, micros((missed + 1) * interval));
    const orders: ScriptOrder[] = [];
    if (this.#running !== undefined) {
      // A run that is over its deadline must not delay the next one: that would slow the detection of a hang.
      if (this.#running.killAt === undefined) return [{ kind: "skipped" }];
      orders.push({ kind: "kill", run: this.#running.run, signal: "SIGKILL" });
    }
    this.#runs++;
    this.#running = { run: this.#runs, timeoutAt: after(now, timeout), killAt: undefined };
    orders.push({ kind: "start", run: this.#runs });
    return orders;
  }
}
