/** The daemon's life: the engine's thread, scripts and notifications, signals, reloads, the end. */

import { setTimeout as sleep } from "node:timers/promises";
import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { LoadedConfig, TimedScript } from "../config/loaded-config.js";
import type { EngineEvent } from "../engine/events.js";
import type { EngineConfig, PeerHello, ScriptRun } from "../engine/platform.js";
import type { CheckOrder } from "../linux/engine-thread/engine-driver.js";
import type { PortSocket } from "../linux/engine-thread/sockets/raw-port.js";
import { CheckRunner } from "../linux/main-thread/checks/check-runner.js";
import { PeerChannel } from "../linux/main-thread/peers/peer-channel.js";
import { missingForScripts } from "../linux/main-thread/process/capabilities.js";
import type { ParentProcess } from "../linux/main-thread/process/parent-process.js";
import type { SignalInbox } from "../linux/main-thread/process/signal-inbox.js";
import { ScriptRunner } from "../linux/main-thread/scripts/script-runner.js";
import { runTimedScript } from "../linux/main-thread/scripts/timed-script.js";
import { TrackWatch } from "../linux/main-thread/tracking/track-watch.js";
import { settingsNotRun } from "../report/settings-not-run.js";
import { AddressJournal } from "./address-journal.js";
import type { ControlCommands } from "./control/routes.js";
import { addressLines, announcementLines, socketLines, usageLine } from "./detail-lines.js";
import { DrainFiles } from "./drain-files.js";
import { Drains } from "./drains.js";
import { Dumps } from "./dumps.js";
import { type EngineListener, type EngineReport, EngineThread } from "./engine-thread.js";
import { errorLines } from "./error-lines.js";
import { EventLog } from "./event-log.js";
import { Inspection } from "./inspection.js";
import type { Log } from "./logging.js";
import { Notifications } from "./notifications.js";
import { type DaemonOptions, ExitStatus } from "./options.js";
import { processKeywords } from "./process-settings.js";
import { type ReloadOutcome, ReloadQueue } from "./reload-queue.js";
import { Reloader } from "./reloader.js";
import { RespawnDelay } from "./respawn-delay.js";
import { ScheduledReload } from "./scheduled-reload.js";
import { scriptOwners } from "./script-ids.js";
import { SIGNALS } from "./signal-names.js";
import { addressJournalPath, drainFolder } from "./state-folder.js";
import { stoppedLine } from "./stopped-line.js";
import type { Systemd } from "./systemd.js";
import { VIGIL_VERSION } from "./version.js";
import { VirtualNetwork } from "./virtual-network.js";

/** How long STOP notifications may take before the process ends without them, ms; keepalived waits a second. */
const STOP_NOTIFY_LIMIT = 1_000;

/** How long the engine may take to answer before it counts as stuck, ms. */
const ANSWER_LIMIT = 1_000;

/** The sockets that the engine opens first, in keepalived's words. */
const REGISTERED = ["Registering Kernel netlink reflector", "Registering Kernel netlink command channel"];

/** How a daemon ended. */
export interface DaemonEnd {
  /** Its exit status. */
  readonly status: number;
  /** It was told to end alone, without its parent, which starts it again. */
  readonly again?: true;
}

/** One daemon. */
export class Daemon implements EngineListener {
  readonly #options: DaemonOptions;
  readonly #log: Log;
  readonly #systemd: Systemd;
  readonly #network: VirtualNetwork;
  readonly #dumps: Dumps;
  readonly #tracks: TrackWatch;
  readonly #drains: Drains;
  readonly #journal: AddressJournal;
  readonly #events: EventLog;
  readonly #inspection: Inspection;
  readonly #reloader: Reloader;
  readonly #reloads: ReloadQueue;
  readonly #schedule: ScheduledReload;
  readonly #signals: SignalInbox;
  readonly #parent: ParentProcess;
  readonly #respawnDelay = new RespawnDelay();
  #scripts: ScriptRunner;
  readonly #peers: PeerChannel;
  #checks: CheckRunner;
  #notifications: Notifications | undefined;
  #config: LoadedConfig;
  #thread: EngineThread | undefined;
  #end: (end: DaemonEnd) => void = () => {};
  /** What runs is being stopped, and nothing is to be started any more. */
  #ending = false;

  constructor(
    options: DaemonOptions,
    config: LoadedConfig,
    log: Log,
    systemd: Systemd,
    signals: SignalInbox,
    parent: ParentProcess,
  ) {
    this.#options = options;
    this.#config = config;
    this.#log = log;
    this.#systemd = systemd;
    this.#signals = signals;
    this.#parent = parent;
    this.#scripts = this.#newScriptRunner();
    this.#peers = new PeerChannel(VIGIL_VERSION, {
      heard: (hello) => this.#thread?.peerHeard(hello),
      trouble: (text) => log.vrrp.info(text),
    });
    this.#peers.configure(config);
    this.#checks = this.#newCheckRunner();
    this.#tracks = new TrackWatch((text) => log.vrrp.info(text));
    this.#drains = new Drains(new DrainFiles(drainFolder(config.global.process.instanceName)), (input) =>
      this.#thread?.tracked(input),
    );
    this.#journal = new AddressJournal(addressJournalPath(config.global.process.instanceName), (text) =>
      log.vrrp.info(text),
    );
    this.#events = new EventLog(log.vrrp);
    this.#inspection = new Inspection(
      async () => this.#thread?.report(),
      (sentence) => systemd.status(sentence),
    );
    this.#reloader = new Reloader(options, log);
    this.#reloads = new ReloadQueue(() => this.#reload(), log.parent);
    this.#network = new VirtualNetwork((text) => log.vrrp.info(text));
    this.#schedule = new ScheduledReload(() => this.#reloads.request(), log.parent);
    const source = {
      report: (clear: boolean) => this.#thread?.promptReport(clear),
      config: () => this.#config,
      reloadDue: () => this.#schedule.due,
    };
    this.#dumps = new Dumps(source, log);
  }

  /** Runs until it is told to stop. */
  async run(): Promise<DaemonEnd> {
    await this.#scripts.configure(this.#config);
    await this.#checks.configure(this.#config);
    await this.#dumps.configure(this.#config);
    this.#notifications = await Notifications.start(this.#config, this.#log.vrrp);
    const ended = new Promise<DaemonEnd>((resolve) => {
      this.#end = resolve;
    });
    this.#obeySignals();
    this.#log.parent.info(`Starting VRRP child process, pid=${process.pid}`);
    for (const line of settingsNotRun(this.#config)) this.#log.vrrp.info(line);
    for (const line of missingForScripts(await scriptOwners(this.#config))) this.#log.vrrp.info(line);
    for (const line of REGISTERED) this.#log.vrrp.detail(line);
    this.#sayAddresses(this.#config);
    for (const line of announcementLines(this.#config.instances)) this.#log.vrrp.detail(line);
    await this.#runScript("startup_script", this.#config.global.startupScript);
    this.#config = await this.#prepareNetwork(this.#config);
    await this.#loadDrains();
    try {
      await this.#startEngine();
    } catch (error) {
      this.#log.vrrp.info(`VRRP engine did not start: ${(error as Error).message}`);
      await this.#network.close(false);
      return { status: ExitStatus.fatal };
    }
    const idle = this.#engineConfig().instances.length === 0;
    await this.#openControl();
    await this.#inspection.refresh();
    this.#log.parent.info(idle ? "Warning - keepalived has no configuration to run" : "Startup complete");
    if (this.#options.dumpConfiguration) await this.#dumps.writeToLog();
    this.#schedule.configure(processKeywords(this.#config));
    this.#systemd.ready();
    this.#systemd.watch(() => this.#engineAnswers());
    this.#inspection.keepTelling();
    this.#parent.up();
    this.#reloads.open();
    this.#obeyDumpSignals();
    await this.#dumps.rehearse();
    const end = await ended;
    await this.#stop(end);
    return end;
  }

  // ---- EngineListener

  ready(sockets: readonly PortSocket[]): void {
    this.#saySockets(sockets);
  }

  events(events: readonly EngineEvent[], at: Micros): void {
    this.#network.events(events);
    for (const event of events) {
      this.#events.write(event, at);
      this.#inspection.note(event, at);
      this.#notifications?.tell(event);
    }
  }

  startScript(run: ScriptRun): void {
    this.#scripts.start(run);
  }

  killScript(run: ScriptRun, signal: "SIGTERM" | "SIGKILL"): void {
    this.#scripts.kill(run, signal);
  }

  sendHello(instance: string, source: IpAddress, hello: PeerHello): void {
    this.#peers.send(instance, source, hello);
  }

  checkOrders(orders: readonly CheckOrder[]): void {
    this.#checks.obey(orders);
  }

  rememberOurs(keys: readonly string[]): void {
    this.#journal.write(keys);
  }

  notice(text: string): void {
    this.#log.vrrp.info(text);
  }

  failed(error: Error): void {
    for (const line of errorLines("VRRP engine failed", error)) this.#log.vrrp.info(line);
    this.#thread = undefined;
    if (!this.#options.respawn) {
      this.#log.parent.info(`VRRP child process(${process.pid}) died: Exiting`);
      this.#end({ status: ExitStatus.internal });
      return;
    }
    this.#log.parent.info(`VRRP child process(${process.pid}) died: Respawning`);
    void this.#respawn();
  }

  // ---- inside

  /** Before the engine starts. A signal that came to this process alone ends it alone, as with keepalived. */
  #obeySignals(): void {
    const alone = () => this.#end({ status: ExitStatus.ok, again: true });
    process.on("SIGTERM", alone);
    process.on("SIGINT", () => {
      if (!this.#options.ignoreInterrupt) alone();
    });
    void this.#parent.gone.then(() => {
      this.#log.vrrp.info("The parent process is dead: leaving in good order");
      alone();
    });
    this.#signals.obey(
      new Map<number, () => void>([
        [SIGNALS.STOP, () => this.#end({ status: ExitStatus.ok })],
        [SIGNALS.RELOAD, () => void this.#reloads.request()],
      ]),
    );
    this.#parent.takeSignals();
  }

  /** When there is something to show. */
  #obeyDumpSignals(): void {
    this.#signals.obey(
      new Map<number, () => void>([
        [SIGNALS.DATA, () => void this.#dumps.write("data")],
        [SIGNALS.STATS, () => void this.#dumps.write("stats")],
        [SIGNALS.STATS_CLEAR, () => void this.#dumps.write("statsClear")],
        [SIGNALS.JSON, () => void this.#dumps.write("json")],
      ]),
    );
  }

  #newCheckRunner(): CheckRunner {
    return new CheckRunner((news) => this.#thread?.checkNews(news));
  }

  #newScriptRunner(): ScriptRunner {
    return new ScriptRunner((...news) => this.#thread?.scriptFinished(...news));
  }

  /** What runs of the configuration. */
  #engineConfig(): EngineConfig {
    if (this.#options.vrrp) return this.#config;
    const statics = { trackGroups: [], staticAddresses: [], staticRoutes: [], staticRules: [] };
    return { ...this.#config, ...statics, instances: [], syncGroups: [], scripts: [], checks: [] };
  }

  async #startEngine(): Promise<void> {
    const config = this.#engineConfig();
    const { keepAddresses, addressMonitoring } = this.#options;
    this.#tracks.start(config);
    const ours = this.#journal.read();
    const tracked = [this.#drains.news, ...this.#tracks.news()];
    const thread = new EngineThread({ config, tracked, ours, keepAddresses, addressMonitoring }, this);
    // Before it runs, as its first scripts may end before that.
    this.#thread = thread;
    try {
      await thread.started;
    } catch (error) {
      this.#thread = undefined;
      throw error;
    }
    this.#tracks.handOn((input) => thread.tracked(input));
  }

  async #respawn(): Promise<void> {
    const delay = this.#respawnDelay.next(performance.now());
    this.#log.parent.info(`Restart of VRRP process delayed ${delay} seconds to limit respawn rate`);
    await sleep(delay * 1_000);
    if (this.#ending) return;
    // Runs of the engine that died would be taken for those of the new one.
    this.#scripts.stop();
    this.#scripts = this.#newScriptRunner();
    await this.#scripts.configure(this.#config);
    this.#checks.stop();
    this.#checks = this.#newCheckRunner();
    await this.#checks.configure(this.#config);
    try {
      await this.#startEngine();
    } catch (error) {
      this.failed(error as Error);
    }
  }

  async #engineAnswers(): Promise<boolean> {
    return (await this.#answer()) !== undefined;
  }

  /** A report of the engine; undefined when it does not answer in time. */
  async #answer(): Promise<EngineReport | undefined> {
    const late = sleep(ANSWER_LIMIT, undefined, { ref: false });
    return (await Promise.race([this.#thread?.report(), late])) ?? undefined;
  }

  #sayAddresses(config: LoadedConfig): void {
    if (!this.#options.log.detail || !this.#options.vrrp) return;
    for (const line of addressLines(config.instances)) this.#log.vrrp.detail(line);
  }

  #saySockets(sockets: readonly PortSocket[]): void {
    for (const line of socketLines(sockets)) this.#log.vrrp.detail(line);
  }

  /** What cannot be read drains nobody: to serve is the safer mistake. */
  async #loadDrains(): Promise<void> {
    try {
      await this.#drains.load();
    } catch (error) {
      this.#log.parent.info(`Drained instances are not known: ${(error as Error).message}`);
    }
  }

  /** Without it the daemon does all its work; it cannot be asked about it. */
  async #openControl(): Promise<void> {
    try {
      const commands: ControlCommands = {
        reload: () => this.#reloads.request(),
        dump: (kind) => this.#dumps.write(kind),
        drain: (instances, order) => this.#drains.drain(instances, order),
        undrain: (instance) => this.#drains.undrain(instance),
      };
      const say = (text: string) => this.#log.parent.info(`Control API: ${text}`);
      await this.#inspection.open(this.#config.global.process.instanceName, commands, say);
    } catch (error) {
      this.#log.parent.info(`Control API is not available: ${(error as Error).message}`);
    }
  }

  /** The configuration as it is on this host, with what it needs of it made. */
  async #prepareNetwork(config: LoadedConfig): Promise<LoadedConfig> {
    return this.#options.vrrp ? this.#network.prepare(config) : config;
  }

  async #reload(): Promise<ReloadOutcome> {
    this.#systemd.reloading();
    const config = await this.#reloader.read(this.#config);
    if (config !== undefined) {
      this.#sayAddresses(config);
      await this.#scripts.configure(config);
      await this.#checks.configure(config);
      await this.#dumps.configure(config);
      this.#peers.configure(config);
      await this.#notifications?.reconfigure(config);
      this.#config = await this.#prepareNetwork(config);
      this.#schedule.configure(processKeywords(config));
      const engineConfig = this.#engineConfig();
      // Before the engine has the configuration, so that it knows at once what new trackers say.
      this.#tracks.configure(engineConfig);
      this.#thread?.reload(engineConfig);
      // The answer comes after the reload is done.
      this.#saySockets((await this.#answer())?.sockets ?? []);
      await this.#network.finish();
      await this.#inspection.refresh();
      if (config.global.fifoStatesOnReload) {
        const current = await this.#thread?.report(false);
        const { routers = [], groups = [] } = current?.snapshot ?? {};
        this.#notifications?.repeatStates(routers, groups);
      }
      this.#log.parent.info("Reload complete");
    }
    this.#systemd.ready();
    return config === undefined ? "refused" : "applied";
  }

  async #runScript(keyword: string, script: TimedScript | undefined): Promise<void> {
    if (script === undefined) return;
    const { command, timeout } = script;
    const failure = await runTimedScript(command, this.#config.global.scriptUser, timeout / 1_000);
    if (failure !== undefined) this.#log.parent.info(`${keyword}: ${failure}`);
  }

  async #stop({ again }: DaemonEnd): Promise<void> {
    this.#ending = true;
    if (again === undefined) this.#systemd.stopping();
    this.#inspection.close();
    this.#schedule.close();
    if (again === undefined) this.#log.parent.info("Stopping");
    const limit = processKeywords(this.#config).childWaitTime;
    const stopped = await Promise.race([this.#thread?.stop(), sleep(limit, "late", { ref: false })]);
    if (stopped === "late") this.#log.parent.info("vrrp process failed to die - forcing termination");
    await this.#network.close(this.#options.keepAddresses);
    await this.#notifications?.close(STOP_NOTIFY_LIMIT);
    this.#scripts.stop();
    this.#checks.stop();
    this.#peers.close();
    this.#tracks.close();
    this.#log.vrrp.info(stoppedLine(this.#options.log.detail, process.cpuUsage()));
    this.#log.parent.detail(usageLine());
    if (again === undefined) await this.#runScript("shutdown_script", this.#config.global.shutdownScript);
  }
}
