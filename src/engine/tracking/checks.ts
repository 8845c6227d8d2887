/** The `vrrp_check`s of a configuration: when each probes, and what its results mean for scripts and instances. */

import { unreachable } from "../../base/assert.js";
import { after, earlier, type Micros } from "../../base/time.js";
import { type CheckResult, sameResult } from "../../check/check-result.js";
import { type CheckOrder, CheckSchedule } from "../../check/check-schedule.js";
import { type CheckVerdict, firstVerdict, judgeResult } from "../../check/check-verdict.js";
import { FlapPenalty } from "../../check/flap-penalty.js";
import type { VrrpCheck } from "../../config/config.js";
import type { CheckRun, Platform } from "../platform.js";

/** What an outsider may see of a check. */
export interface CheckSnapshot {
  readonly config: VrrpCheck;
  readonly verdict: CheckVerdict;
  /** What the last probe found. */
  readonly last: CheckResult | undefined;
  readonly lastAt: Micros | undefined;
  /** Failures that are not forgotten yet, and until when it is not believed; see check/flap-penalty.ts. */
  readonly failures: number;
  readonly unsteadyUntil: Micros | undefined;
  /** Its proof counts for the script of its name. */
  readonly armed: boolean;
}

interface Entry {
  config: VrrpCheck;
  readonly schedule: CheckSchedule;
  verdict: CheckVerdict;
  last: CheckResult | undefined;
  lastAt: Micros | undefined;
  readonly penalty: FlapPenalty;
  /** Well again, but not for long enough yet. */
  unsteadyUntil: Micros | undefined;
  /**
   * A check that refines a script counts once it has seen its service alive, and no more when the script goes on to succeed
   * against its proof: then it looks at the wrong place.
   */
  armed: boolean;
  /** Successes in a row of the script of its name since the verdict is failed. */
  contradicted: number;
  /** Added by a reload: unknown is no reason for FAULT then. */
  readonly addedLater: boolean;
}

type Ports = Pick<Platform, "startCheck" | "abandonCheck" | "emit">;

/** Successes of a script that outweigh a proof: one may have begun before it. */
const CONTRADICTIONS = 2;

/** All checks. */
export class Checks {
  readonly #platform: Ports;
  readonly #entries = new Map<string, Entry>();

  constructor(platform: Ports) {
    this.#platform = platform;
  }

  /** Adopts the checks of a configuration: one that asks the same keeps its verdict. */
  configure(checks: readonly VrrpCheck[], reload: boolean, now: Micros): void {
    const wanted = new Map(checks.map((check) => [check.name, check]));
    for (const [name, entry] of this.#entries) {
      const config = wanted.get(name);
      if (config !== undefined && JSON.stringify(config.probe) === JSON.stringify(entry.config.probe)) {
        entry.config = config;
        entry.schedule.reconfigure(config, now);
      } else this.#entries.delete(name);
    }
    for (const [name, config] of wanted) {
      if (this.#entries.has(name)) continue;
      this.#entries.set(name, {
        config,
        schedule: new CheckSchedule(config, now),
        verdict: firstVerdict(config, now),
        last: undefined,
        lastAt: undefined,
        penalty: new FlapPenalty(),
        unsteadyUntil: undefined,
        armed: false,
        contradicted: 0,
        addedLater: reload,
      });
    }
  }

  /** The verdict about a check; undefined for one that is not there. */
  verdict(name: string): CheckVerdict | undefined {
    return this.#entries.get(name)?.verdict;
  }

  /** True while an instance that tracks the check has to wait for its first result. */
  isPending(name: string): boolean {
    const entry = this.#entries.get(name);
    return entry !== undefined && entry.verdict.ok === undefined && !entry.addedLater;
  }

  /** What a check proves against the script of its name; undefined: nothing. */
  proofAgainst(script: string): CheckVerdict["because"] {
    const entry = this.#entries.get(script);
    if (entry === undefined || !entry.config.refinesScript || !entry.armed) return undefined;
    return entry.verdict.ok === false ? entry.verdict.because : undefined;
  }

  /** The script of a check's name ended; true when that outweighs what the check says. */
  scriptSaid(script: string, success: boolean): boolean {
    const entry = this.#entries.get(script);
    if (entry === undefined || !entry.armed || entry.verdict.ok !== false) return false;
    entry.contradicted = success ? entry.contradicted + 1 : 0;
    if (entry.contradicted < CONTRADICTIONS) return false;
    entry.armed = false;
    this.#platform.emit({ kind: "CheckContradicted", check: script });
    return true;
  }

  /** True for a check that is well again, but not for long enough to be believed. */
  isUnsteady(name: string): boolean {
    return this.#entries.get(name)?.unsteadyUntil !== undefined;
  }

  /** Starts a probe of each of these checks that has none under way; true when a verdict changed. */
  lookNow(names: readonly string[], now: Micros): boolean {
    for (const name of names) this.#entries.get(name)?.schedule.startEarly(now);
    return this.handleTimeout(now);
  }

  /** True while a probe of one of these checks is under way. */
  isLooking(names: readonly string[]): boolean {
    return names.some((name) => this.#entries.get(name)?.schedule.isRunning === true);
  }

  /** True for a check under damping. */
  isDamped(name: string): boolean {
    return this.#entries.get(name)?.config.damping === true;
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline: Micros | undefined;
    for (const { schedule, unsteadyUntil } of this.#entries.values())
      deadline = earlier(earlier(deadline, unsteadyUntil), schedule.nextDeadline());
    return deadline;
  }

  /** Starts and gives up probes; true when a verdict changed. */
  handleTimeout(now: Micros): boolean {
    let changed = false;
    for (const entry of this.#entries.values()) {
      if (entry.unsteadyUntil !== undefined && now >= entry.unsteadyUntil) {
        entry.unsteadyUntil = undefined;
        changed = true;
      }
      if (now < entry.schedule.nextDeadline()) continue;
      if (this.#carryOut(entry, entry.schedule.handleTimeout(now), now)) changed = true;
    }
    return changed;
  }

  /** A probe ended; true when a verdict changed. */
  finished(run: CheckRun, result: CheckResult, now: Micros): boolean {
    const entry = this.#entries.get(run.check);
    if (entry === undefined || !entry.schedule.finished(run.run)) return false;
    return this.#count(entry, result, now);
  }

  /** The connection that a check keeps open was closed by the other end. */
  disturbed(check: string, now: Micros): void {
    this.#entries.get(check)?.schedule.disturbed(now);
  }

  /** All checks, in the order in which they were first configured: one that a reload brings is last. */
  snapshot(): CheckSnapshot[] {
    return [...this.#entries.values()].map((entry) => ({
      config: entry.config,
      verdict: entry.verdict,
      last: entry.last,
      lastAt: entry.lastAt,
      failures: entry.lastAt === undefined ? 0 : entry.penalty.failures(entry.lastAt),
      unsteadyUntil: entry.unsteadyUntil,
      armed: entry.armed,
    }));
  }

  #carryOut(entry: Entry, orders: readonly CheckOrder[], now: Micros): boolean {
    const check = entry.config.name;
    let changed = false;
    for (const order of orders) {
      switch (order.kind) {
        case "start":
          this.#platform.startCheck({ check, run: order.run });
          break;
        case "timedOut": {
          this.#platform.abandonCheck({ check, run: order.run });
          // The probe itself tells where it hangs, a little earlier; this time it could not.
          const { last } = entry;
          const known = last?.ok === false && last.failure === "timedOut" ? last.text : undefined;
          const text = known ?? "nothing was heard of the probe within its timeout";
          if (this.#count(entry, { ok: false, failure: "timedOut", text }, now)) changed = true;
          break;
        }
        default:
          unreachable(order);
      }
    }
    return changed;
  }

  #count(entry: Entry, result: CheckResult, now: Micros): boolean {
    const { config } = entry;
    const check = config.name;
    if (!sameResult(entry.last, result)) this.#platform.emit({ kind: "CheckReturned", check, result });
    entry.last = result;
    entry.lastAt = now;
    const before = entry.verdict;
    // For a script's sake only proofs count: slowness is what the script itself judges.
    const suspicion = config.suspicion && !config.refinesScript;
    entry.verdict = judgeResult(before, result, { ...config, suspicion }, now);
    const { ok, because } = entry.verdict;
    if (ok === before.ok) return false;
    if (ok === true) entry.armed = true;
    entry.contradicted = 0;
    if (config.damping) this.#dampen(entry, now);
    this.#platform.emit({ kind: "CheckChanged", check, ok: ok === true, because });
    return true;
  }

  /** After a failure it has to be well for a while until it is believed; the more failures, the longer. */
  #dampen(entry: Entry, now: Micros): void {
    if (entry.verdict.ok === false) {
      if (entry.verdict.wasOk) entry.penalty.failed(now);
      entry.unsteadyUntil = undefined;
    } else if (entry.penalty.steadyTime() > 0) entry.unsteadyUntil = after(now, entry.penalty.steadyTime());
  }
}
