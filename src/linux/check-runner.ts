/**
 * Makes the probes of the `vrrp_check`s on the main thread. The engine decides when, and for how long; this looks, and tells what
 * it found: failures at once, successes together.
 */

import type { CheckResult } from "../check/check-result.js";
import type { EngineConfig, EngineInput } from "../engine/platform.js";
import type { CheckOrder } from "./engine-driver.js";
import { HttpProbe } from "./probes/http-probe.js";
import type { Probe } from "./probes/probe.js";
import { TcpProbe } from "./probes/tcp-probe.js";

/** What the engine is told. */
export type CheckNews = Extract<EngineInput, { kind: "CheckFinished" | "CheckDisturbed" }>;

/** What a runner needs of a configuration. */
export interface CheckRunnerConfig {
  readonly global: Pick<EngineConfig["global"], "scriptUser">;
  readonly checks: readonly Pick<EngineConfig["checks"][number], "name" | "probe" | "timeout">[];
}

/** Successes are told together when they come within this time, ms: nothing waits for them. */
const GATHER = 4;

interface Entry {
  /** The settings it was made of, as text. */
  readonly settings: string;
  readonly probe: Probe;
}

/** The runner. */
export class CheckRunner {
  readonly #tell: (news: readonly CheckNews[]) => void;
  #entries = new Map<string, Entry>();
  #news: CheckNews[] = [];
  #gathering: NodeJS.Timeout | undefined;

  /** @param tell gets all news, never from within {@link obey}. */
  constructor(tell: (news: readonly CheckNews[]) => void) {
    this.#tell = tell;
  }

  /** Takes a configuration; a check that asks the same keeps its connection. */
  async configure(config: CheckRunnerConfig): Promise<void> {
    const before = this.#entries;
    const entries = new Map<string, Entry>();
    for (const { name, probe, timeout } of config.checks) {
      const settings = JSON.stringify([probe, timeout]);
      const old = before.get(name);
      if (old?.settings === settings) entries.set(name, old);
      else entries.set(name, { settings, probe: this.#newProbe(name, probe, timeout / 1_000) });
    }
    this.#entries = entries;
    for (const [name, entry] of before) if (entries.get(name) !== entry) entry.probe.close();
  }

  /** Starts and gives up probes. */
  obey(orders: readonly CheckOrder[]): void {
    for (const { order, check, run } of orders) {
      const probe = this.#entries.get(check)?.probe;
      if (order === "abandon") probe?.abandon();
      else
        probe?.start((result) => {
          this.#add({ kind: "CheckFinished", run: { check, run }, result }, result.ok);
        });
    }
  }

  /** Closes all connections; nobody is told any more. */
  stop(): void {
    clearTimeout(this.#gathering);
    this.#news = [];
    for (const { probe } of this.#entries.values()) probe.close();
    this.#entries.clear();
  }

  #newProbe(name: string, probe: CheckRunnerConfig["checks"][number]["probe"], timeout: number): Probe {
    switch (probe.kind) {
      case "http":
        return new HttpProbe(probe, timeout, () => this.#add({ kind: "CheckDisturbed", check: name }, false));
      case "tcp":
        return new TcpProbe(probe);
      default:
        return unsupported(probe.kind);
    }
  }

  #add(news: CheckNews, patient: boolean): void {
    this.#news.push(news);
    if (!patient) this.#flush();
    else this.#gathering ??= setTimeout(() => this.#flush(), GATHER);
  }

  #flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#news.length > 0) this.#tell(this.#news.splice(0));
  }
}

function unsupported(kind: string): Probe {
  const result: CheckResult = { ok: false, failure: "setup", text: `${kind} is not supported` };
  return {
    start: (done) => queueMicrotask(() => done(result)),
    abandon: () => {},
    close: () => {},
  };
}
