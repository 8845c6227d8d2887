/** The engine's thread as a service: it is started again when it dies, and acknowledges each configuration. */

import { setTimeout as sleep } from "node:timers/promises";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { EngineConfig, TrackerInput } from "../engine/platform.js";
import type { PortSocket } from "../linux/engine-thread/sockets/raw-port.js";
import type { TrackWatch } from "../linux/main-thread/tracking/track-watch.js";
import { socketLines } from "./detail-lines.js";
import { type EngineListener, type EngineReport, EngineThread } from "./engine-thread.js";
import { errorLines } from "./error-lines.js";
import type { Log } from "./logging.js";
import type { DaemonOptions } from "./options.js";
import { processKeywords } from "./process-settings.js";
import { RespawnDelay } from "./respawn-delay.js";
import type { Service, ServiceCommit } from "./service.js";

/** How long the engine may take to answer before it counts as stuck, ms. */
const ANSWER_LIMIT = 1_000;

/** What the service needs of the daemon around it. */
export interface EngineSurroundings {
  readonly options: DaemonOptions;
  readonly log: Log;
  /** Told what the engine asks for; `ready` and `failed` are the service's own. */
  readonly listener: Omit<EngineListener, "ready" | "failed">;
  readonly tracks: TrackWatch;
  /** What an engine must know before it decides anything, the tracked things aside. */
  news(): readonly TrackerInput[];
  /** Addresses that are ours should they be found at its start. */
  ours(): readonly string[];
  /** Name of the table of leases. */
  readonly leaseTable: string;
  /** An engine runs: what an earlier one left is gone. */
  started(): void;
  /** An engine has died; what it held is undone. */
  lost(): void;
  /** AH sequence numbers that an earlier engine heard. */
  sequences(): readonly string[];
  /** An engine has died: what it asked for is to be forgotten before the next one starts. */
  forget(): void;
  /** It will not be started again. */
  died(): void;
}

/** One for the life of the daemon. */
export class EngineService implements Service {
  readonly name = "engine";
  readonly #around: EngineSurroundings;
  readonly #respawnDelay = new RespawnDelay();
  #config: LoadedConfig | undefined;
  #thread: EngineThread | undefined;
  /** Nothing is to be started any more. */
  #ending = false;
  #noMoreAnswers: () => void = () => {};
  /** Resolves at the end of {@link stop}: no acknowledgement is waited for any longer. */
  readonly #stopped = new Promise<undefined>((resolve) => {
    this.#noMoreAnswers = () => resolve(undefined);
  });

  constructor(around: EngineSurroundings) {
    this.#around = around;
  }

  /** The thread that runs, or is starting; undefined between two engines. */
  get thread(): EngineThread | undefined {
    return this.#thread;
  }

  /** What runs of a configuration. */
  runs(config: LoadedConfig): EngineConfig {
    if (this.#around.options.vrrp) return config;
    const statics = { trackGroups: [], staticAddresses: [], staticRoutes: [], staticRules: [] };
    return { ...config, ...statics, instances: [], syncGroups: [], scripts: [], checks: [] };
  }

  /** @throws {Error} why the engine does not run. */
  async start(config: LoadedConfig): Promise<undefined> {
    this.#config = config;
    await this.#startThread(config);
  }

  async prepare(config: LoadedConfig): Promise<ServiceCommit> {
    return { commit: () => this.#commit(config) };
  }

  async stop(): Promise<void> {
    this.#ending = true;
    const { log } = this.#around;
    const limit = this.#config === undefined ? 0 : processKeywords(this.#config).childWaitTime;
    const stopped = await Promise.race([this.#thread?.stop(), sleep(limit, "late", { ref: false })]);
    if (stopped === "late") log.parent.info("vrrp process failed to die - forcing termination");
    this.#noMoreAnswers();
  }

  /** A report of the engine; undefined when it does not answer in time. */
  async answer(): Promise<EngineReport | undefined> {
    const late = sleep(ANSWER_LIMIT, undefined, { ref: false });
    return (await Promise.race([this.#thread?.report(), late])) ?? undefined;
  }

  async #startThread(config: LoadedConfig): Promise<void> {
    const { options, tracks, news, ours, sequences, leaseTable } = this.#around;
    const engineConfig = this.runs(config);
    const { keepAddresses, addressMonitoring } = options;
    tracks.start(engineConfig);
    const tracked = [...news(), ...tracks.news()];
    const thread = new EngineThread(
      {
        config: engineConfig,
        tracked,
        ours: ours(),
        sequences: sequences(),
        keepAddresses,
        addressMonitoring,
        leaseTable,
      },
      { ...this.#listener(), failed: (error) => this.#failed(error) },
    );
    // Before it runs, as its first scripts may end before that.
    this.#thread = thread;
    try {
      await thread.started;
    } catch (error) {
      this.#thread = undefined;
      throw error;
    }
    tracks.handOn((input) => thread.tracked(input));
    this.#around.started();
  }

  #listener(): Omit<EngineListener, "failed"> {
    const { listener } = this.#around;
    return {
      ready: (sockets) => this.#saySockets(sockets),
      events: (events, at) => listener.events(events, at),
      startScript: (run) => listener.startScript(run),
      killScript: (run, signal) => listener.killScript(run, signal),
      checkOrders: (orders) => listener.checkOrders(orders),
      sendHello: (instance, source, hello) => listener.sendHello(instance, source, hello),
      notice: (text) => listener.notice(text),
      rememberOurs: (keys) => listener.rememberOurs(keys),
      rememberSequences: (texts) => listener.rememberSequences(texts),
    };
  }

  /** An engine that is starting keeps the configuration for its start; between two engines the next one starts with it. */
  async #commit(config: LoadedConfig): Promise<void> {
    this.#config = config;
    const engineConfig = this.runs(config);
    // Before the engine has the configuration, so that it knows at once what new trackers say.
    this.#around.tracks.configure(engineConfig);
    const late = setTimeout(() => {
      const what = "what only the configuration before needs stays until it has";
      this.#around.log.vrrp.info(`The engine has not taken the configuration over after 1 s: ${what}`);
    }, ANSWER_LIMIT);
    const acknowledged = await Promise.race([this.#thread?.reload(engineConfig), this.#stopped]);
    this.#saySockets(acknowledged ?? []);
    clearTimeout(late);
  }

  #saySockets(sockets: readonly PortSocket[]): void {
    for (const line of socketLines(sockets)) this.#around.log.vrrp.detail(line);
  }

  #failed(error: Error): void {
    const { log, options, died } = this.#around;
    for (const line of errorLines("VRRP engine failed", error)) log.vrrp.info(line);
    this.#thread = undefined;
    this.#around.lost();
    if (!options.respawn) {
      log.parent.info(`VRRP child process(${process.pid}) died: Exiting`);
      died();
      return;
    }
    log.parent.info(`VRRP child process(${process.pid}) died: Respawning`);
    void this.#respawn();
  }

  async #respawn(): Promise<void> {
    const delay = this.#respawnDelay.next(performance.now());
    this.#around.log.parent.info(`Restart of VRRP process delayed ${delay} seconds to limit respawn rate`);
    await sleep(delay * 1_000);
    if (this.#ending || this.#config === undefined) return;
    // Runs of the engine that died would be taken for those of the new one.
    this.#around.forget();
    try {
      await this.#startThread(this.#config);
    } catch (error) {
      this.#failed(error as Error);
    }
  }
}
