/**
 * Makes the probes of the `vrrp_check`s on the main thread. The engine decides when, and for how long; this looks, and tells what
 * it found: failures at once, successes together.
 */

import type { EngineConfig, EngineInput } from "../../../engine/platform.js";
import type { CheckOrder } from "../../engine-thread/engine-driver.js";
import { EchoSocket } from "./echo-socket.js";
import { newProbe } from "./new-probe.js";
import type { Probe } from "./probe.js";

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
    const { scriptUser } = config.global;
    const entries = new Map<string, Entry>();
    for (const { name, probe, timeout } of config.checks) {
      const settings = JSON.stringify([probe, timeout, probe.kind === "exec" ? scriptUser : undefined]);
      const old = before.get(name);
      if (old?.settings === settings) entries.set(name, old);
      else
        entries.set(name, {
          settings,
          probe: await newProbe(probe, {
            timeout: timeout / 1_000,
            scriptUser,
            disturbed: () => this.#add({ kind: "CheckDisturbed", check: name }, false),
          }),
        });
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
    EchoSocket.closeAll();
    this.#entries.clear();
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
