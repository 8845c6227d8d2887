/** The main thread's end of the engine's thread. */

import { Worker } from "node:worker_threads";
import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { EngineEvent } from "../engine/events.js";
import type {
  EngineConfig,
  HeardHello,
  PeerHello,
  ScriptResult,
  ScriptRun,
  TrackerInput,
} from "../engine/platform.js";
import type { EngineSnapshot } from "../engine/snapshot.js";
import type { CheckOrder } from "../linux/engine-thread/engine-driver.js";
import type { PortSocket } from "../linux/engine-thread/sockets/raw-port.js";
import type { CheckNews } from "../linux/main-thread/checks/check-runner.js";
import type { EngineThreadData, FromEngine, SnapshotAnswer, ToEngine } from "./messages.js";
import { PromptAnswers } from "./prompt-answers.js";
import { unpackSnapshot } from "./snapshot-message.js";

/** Who wants to hear from the engine. */
export interface EngineListener {
  /** The engine runs, with these sockets; told in its place among the events. */
  ready(sockets: readonly PortSocket[]): void;
  /** Events of one turn, in order, with its time on the engine's clock. */
  events(events: readonly EngineEvent[], at: Micros): void;
  /** Start this run; its end goes to {@link EngineThread.scriptFinished}. */
  startScript(run: ScriptRun): void;
  /** Signal this run's process group. */
  killScript(run: ScriptRun, signal: "SIGTERM" | "SIGKILL"): void;
  /** Start and give up probes; what they find goes to {@link EngineThread.checkNews}. */
  checkOrders(orders: readonly CheckOrder[]): void;
  /** Tell the other nodes; what they tell goes to {@link EngineThread.peerHeard}. */
  sendHello(instance: string, source: IpAddress, hello: PeerHello): void;
  /** Addresses that are ours should they be found at the next start. */
  rememberOurs(keys: readonly string[]): void;
  /** AH sequence numbers that the next run shall know. */
  rememberSequences(texts: readonly string[]): void;
  /** A line for the operator. */
  notice(text: string): void;
  /** The thread died of something that is our mistake. */
  failed(error: Error): void;
}

/** How long the main thread sleeps for a prompt report, ms: the engine answers within one, unless it is stuck. */
const PROMPT_LIMIT = 50;

/** A snapshot with the time at which it was taken, on the engine's clock. */
export interface EngineReport {
  readonly at: Micros;
  readonly snapshot: EngineSnapshot;
  readonly sockets: readonly PortSocket[];
}

/**
 * The engine in its own thread: sockets, rtnetlink and timers live there, so that nothing on this side delays an advert. It may
 * ask for scripts and checks, and be told what they found, before it has told that it runs.
 */
export class EngineThread {
  /** Resolves when its sockets are open and the engine runs, rejects with what keeps it from that. */
  readonly started: Promise<void>;
  readonly #worker: Worker;
  readonly #listener: EngineListener;
  /** Who waits for a report, by its number. */
  readonly #reports = new Map<number, (report: EngineReport | undefined) => void>();
  /** Told that a configuration is in force, by its number; with undefined when the thread died first. */
  readonly #reloads = new Map<number, (sockets: readonly PortSocket[] | undefined) => void>();
  readonly #prompt = new PromptAnswers<SnapshotAnswer>();
  #nextReport = 0;
  #nextReload = 0;
  /** The configurations that were handed over, by the number of reloads; those that were replaced are forgotten. */
  readonly #configs: (EngineConfig | undefined)[];
  #stopping = false;
  #exited = false;
  #ready: () => void = () => {};
  /** Set while the thread starts: its death then is the starter's to tell. */
  #startFailed: ((error: Error) => void) | undefined;
  #stopped: () => void = () => {};

  /** Starts the thread. */
  constructor(workerData: EngineThreadData, listener: EngineListener) {
    this.#listener = listener;
    this.started = new Promise<void>((resolve, reject) => {
      this.#ready = () => {
        this.#startFailed = undefined;
        resolve();
      };
      this.#startFailed = reject;
    });
    this.#configs = [workerData.config];
    const { theirs } = this.#prompt;
    this.#worker = new Worker(new URL("./engine-worker.js", import.meta.url), {
      workerData: { ...workerData, promptAnswers: theirs },
      transferList: [theirs.port],
    });
    this.#worker.on("message", (message: FromEngine) => this.#receive(message));
    this.#worker.on("error", (error) =>
      this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
    this.#worker.on("exit", (code) => {
      this.#exited = true;
      for (const answer of this.#reports.values()) answer(undefined);
      this.#reports.clear();
      for (const acknowledge of this.#reloads.values()) acknowledge(undefined);
      this.#reloads.clear();
      this.#stopped();
      if (!this.#stopping) this.#fail(new Error(`engine thread ended with status ${code}`));
    });
  }

  /** Hands over a new configuration; resolves to the sockets when it is in force, however long that takes, or to undefined when the thread has died. */
  reload(config: EngineConfig): Promise<readonly PortSocket[] | undefined> {
    if (this.#exited) return Promise.resolve(undefined);
    const id = this.#nextReload++;
    this.#configs.push(config);
    return new Promise((resolve) => {
      this.#reloads.set(id, resolve);
      this.#post({ kind: "reload", id, config });
    });
  }

  /** News of a tracked file, process or link. */
  tracked(input: TrackerInput): void {
    this.#post({ kind: "tracked", input });
  }

  /** A script run ended; `said` is the first line of its output. */
  scriptFinished(run: ScriptRun, result: ScriptResult, said: string): void {
    this.#post({ kind: "scriptFinished", run, result, said });
  }

  /** Another node told about itself. */
  peerHeard(heard: HeardHello): void {
    this.#post({ kind: "peerHeard", heard });
  }

  /** What probes found. */
  checkNews(news: readonly CheckNews[]): void {
    this.#post({ kind: "checkNews", news });
  }

  /** Asks for everything worth showing, undefined when the thread is dead; `thenClear` begins the counters at zero afterwards. */
  report(thenClear = false): Promise<EngineReport | undefined> {
    if (this.#exited) return Promise.resolve(undefined);
    const id = this.#nextReport++;
    return new Promise((resolve) => {
      this.#reports.set(id, resolve);
      this.#post({ kind: "snapshot", id, thenClear, prompt: false });
    });
  }

  /**
   * As {@link report}, without turning the event loop: so a dump is there as soon after its signal as keepalived's. Of an engine
   * that does not answer at once there is a promise.
   */
  promptReport(thenClear = false): EngineReport | undefined | Promise<EngineReport | undefined> {
    if (this.#exited) return undefined;
    const id = this.#nextReport++;
    const answer = this.#prompt.ask(
      id,
      () => this.#post({ kind: "snapshot", id, thenClear, prompt: true }),
      PROMPT_LIMIT,
    );
    if (answer !== undefined) return this.#reportOf(answer);
    return this.#prompt
      .later(id, () => this.#exited)
      .then((late) => (late === undefined ? undefined : this.#reportOf(late)));
  }

  /** Adverts of priority 0, addresses removed; resolves when all is done, or the thread is dead. */
  stop(): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    this.#stopping = true;
    return new Promise((resolve) => {
      this.#stopped = resolve;
      this.#post({ kind: "shutdown" });
    });
  }

  /** Tells of the first failure; what follows from it is not news. */
  #fail(error: Error): void {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#startFailed !== undefined) this.#startFailed(error);
    else this.#listener.failed(error);
  }

  #post(message: ToEngine): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromEngine): void {
    switch (message.kind) {
      case "ready":
        this.#listener.ready(message.sockets);
        this.#ready();
        break;
      case "reloaded":
        this.#reloads.get(message.id)?.(message.sockets);
        this.#reloads.delete(message.id);
        break;
      case "events":
        this.#listener.events(message.events, message.at);
        break;
      case "startScript":
        this.#listener.startScript(message.run);
        break;
      case "killScript":
        this.#listener.killScript(message.run, message.signal);
        break;
      case "sendHello":
        this.#listener.sendHello(message.instance, message.source, message.hello);
        break;
      case "checkOrders":
        this.#listener.checkOrders(message.orders);
        break;
      case "rememberOurs":
        this.#listener.rememberOurs(message.keys);
        break;
      case "rememberSequences":
        this.#listener.rememberSequences(message.texts);
        break;
      case "notice":
        this.#listener.notice(message.text);
        break;
      case "snapshot":
        this.#reports.get(message.id)?.(this.#reportOf(message));
        this.#reports.delete(message.id);
        break;
      case "stopped":
        this.#stopped();
        break;
    }
  }

  #reportOf({ at, snapshot, sockets }: SnapshotAnswer): EngineReport | undefined {
    const { reloads } = snapshot;
    this.#configs.fill(undefined, 0, reloads);
    const config = this.#configs[reloads] ?? this.#configs.at(-1);
    return config === undefined ? undefined : { at, snapshot: unpackSnapshot(snapshot, config), sockets };
  }
}
