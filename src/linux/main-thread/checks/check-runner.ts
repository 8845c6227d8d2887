/**
 * Makes the probes of the `vrrp_check`s on the main thread. The engine decides when, and for how long; this looks, and tells what
 * it found: failures at once, successes together.
 */

import type { EngineConfig, EngineInput } from "../../../engine/platform.js";
import type { Commit } from "../../both/commit.js";
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

  /** Makes the probes of a configuration; a check that asks the same keeps its connection. @throws {Error} */
  async prepare(config: CheckRunnerConfig): Promise<Commit> {
    const before = this.#entries;
    const entries = new Map<string, Entry>();
    const close = (keep: ReadonlyMap<string, Entry>, made: ReadonlyMap<string, Entry>) => {
      for (const [name, entry] of made) if (keep.get(name) !== entry) entry.probe.close();
    };
    try {
      await this.#makeEntries(config, before, entries);
    } catch (error) {
      close(before, entries);
      throw error;
    }
    return {
      commit: () => {
        this.#entries = new Map([...before, ...entries]);
      },
      abandon: () => close(before, entries),
      finish: () => {
        this.#entries = entries;
        close(entries, before);
      },
    };
  }

  async #makeEntries(
    config: CheckRunnerConfig,
    before: ReadonlyMap<string, Entry>,
    entries: Map<string, Entry>,
  ): Promise<void> {
    const { scriptUser } = config.global;
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

  /** Gives up all looks; what they found is not told. For an engine that has died. */
  forget(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#news = [];
    for (const { probe } of this.#entries.values()) probe.abandon();
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
