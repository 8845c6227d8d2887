/** The daemon's life: its services, signals, reloads, the end. */

import type { Micros } from "../base/time.js";
import type { LoadedConfig, TimedScript } from "../config/loaded-config.js";
import type { EngineEvent } from "../engine/events.js";
import { CheckRunner } from "../linux/main-thread/checks/check-runner.js";
import { PeerChannel } from "../linux/main-thread/peers/peer-channel.js";
import { missingForScripts } from "../linux/main-thread/process/capabilities.js";
import type { ParentProcess } from "../linux/main-thread/process/parent-process.js";
import type { SignalInbox } from "../linux/main-thread/process/signal-inbox.js";
import { ScriptRunner } from "../linux/main-thread/scripts/script-runner.js";
import { runTimedScript } from "../linux/main-thread/scripts/timed-script.js";
import { TrackWatch } from "../linux/main-thread/tracking/track-watch.js";
import { settingsNotRun, withoutEffect } from "../report/settings-not-run.js";
import type { ControlCommands } from "./control/routes.js";
import { addressLines, announcementLines, usageLine } from "./detail-lines.js";
import { DrainFiles } from "./drain-files.js";
import { Drains } from "./drains.js";
import { Dumps } from "./dumps.js";
import { EngineService } from "./engine-service.js";
import type { EngineListener, EngineReport } from "./engine-thread.js";
import { EventLog } from "./event-log.js";
import { Inspection } from "./inspection.js";
import { leaseTableName } from "./lease-table-name.js";
import type { Log } from "./logging.js";
import { NetworkService } from "./network-service.js";
import { Notifications } from "./notifications.js";
import { type DaemonOptions, ExitStatus } from "./options.js";
import { pidFilePath } from "./pid-files.js";
import { processKeywords } from "./process-settings.js";
import { type ReloadOutcome, ReloadQueue } from "./reload-queue.js";
import { Reloader } from "./reloader.js";
import { ScheduledReload } from "./scheduled-reload.js";
import { scriptOwners } from "./script-ids.js";
import { configurable, constant, type Service } from "./service.js";
import { ChangeRefused, Services } from "./services.js";
import { SIGNALS } from "./signal-names.js";
import { drainFolder, stateJournalPath } from "./state-folder.js";
import { StateJournal } from "./state-journal.js";
import { stoppedLine } from "./stopped-line.js";
import type { Systemd } from "./systemd.js";
import { VIGIL_VERSION } from "./version.js";
import { VirtualNetwork } from "./virtual-network.js";

/** How long STOP notifications may take before the process ends without them, ms; keepalived waits a second. */
const STOP_NOTIFY_LIMIT = 1_000;

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
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Log;
  readonly #systemd: Systemd;
  readonly #network: VirtualNetwork;
  readonly #dumps: Dumps;
  readonly #tracks: TrackWatch;
  readonly #drains: Drains;
  readonly #journal: StateJournal;
  readonly #events: EventLog;
  readonly #inspection: Inspection;
  readonly #reloader: Reloader;
  readonly #reloads: ReloadQueue;
  readonly #schedule: ScheduledReload;
  readonly #signals: SignalInbox;
  readonly #parent: ParentProcess;
  readonly #scripts: ScriptRunner;
  readonly #peers: PeerChannel;
  readonly #checks: CheckRunner;
  readonly #notifications: Notifications;
  readonly #engine: EngineService;
  readonly #services: Services;
  #config: LoadedConfig;
  #end: (end: DaemonEnd) => void = () => {};

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
    const notice = (text: string) => log.vrrp.info(text);
    this.#scripts = new ScriptRunner((...news) => this.#engine.thread?.scriptFinished(...news));
    this.#peers = new PeerChannel(VIGIL_VERSION, {
      heard: (hello) => this.#engine.thread?.peerHeard(hello),
      trouble: notice,
    });
    this.#checks = new CheckRunner((news) => this.#engine.thread?.checkNews(news));
    this.#notifications = new Notifications(config, log.vrrp);
    this.#tracks = new TrackWatch(notice);
    this.#drains = new Drains(new DrainFiles(drainFolder(config.global.process.instanceName)), (input) =>
      this.#engine.thread?.tracked(input),
    );
    this.#journal = new StateJournal(stateJournalPath(config.global.process.instanceName), notice);
    this.#events = new EventLog(log.vrrp);
    this.#inspection = new Inspection(
      async () => this.#withHost(await this.#engine.thread?.report()),
      (sentence) => systemd.status(sentence),
    );
    this.#reloader = new Reloader(options, log);
    this.#reloads = new ReloadQueue(() => this.#reload(), log.parent);
    const { process: naming } = config.global;
    const namespace = options.namespace ?? naming.netNamespace;
    const leaseTable = leaseTableName(pidFilePath("vrrp", options, naming, namespace));
    const journal = {
      names: new Set(this.#journal.links),
      write: (links: readonly string[]) => this.#journal.write({ links }),
    };
    this.#network = new VirtualNetwork(notice, journal, {
      table: leaseTable,
      masters: () => this.#masters(),
    });
    this.#schedule = new ScheduledReload(() => void this.#reloads.request(), log.parent);
    this.#dumps = new Dumps(
      {
        report: (clear: boolean) => this.#engine.thread?.promptReport(clear),
        config: () => this.#config,
        reloadDue: () => this.#schedule.due,
      },
      log,
    );
    this.#engine = new EngineService({
      options,
      log,
      listener: this.#engineListener(),
      tracks: this.#tracks,
      news: () => [this.#drains.news],
      ours: () => this.#journal.addresses,
      sequences: () => this.#journal.sequences,
      leaseTable,
      started: () => this.#network.engineStarted(),
      lost: () => this.#network.engineFailed(),
      forget: () => {
        this.#scripts.forget();
        this.#checks.forget();
      },
      died: () => this.#end({ status: ExitStatus.internal }),
    });
    this.#services = new Services(this.#list(), log.parent);
  }

  /** Runs until it is told to stop. */
  async run(): Promise<DaemonEnd> {
    const ended = new Promise<DaemonEnd>((resolve) => {
      this.#end = resolve;
    });
    this.#obeySignals();
    try {
      this.#config = await this.#services.start(this.#config);
    } catch (error) {
      this.#log.vrrp.info(`VRRP engine did not start: ${(error as Error).message}`);
      return { status: ExitStatus.fatal };
    }
    await this.#inspection.refresh();
    const idle = this.#engine.runs(this.#config).instances.length === 0;
    this.#log.parent.info(idle ? "Warning - keepalived has no configuration to run" : "Startup complete");
    if (this.#options.dumpConfiguration) await this.#dumps.writeToLog();
    this.#systemd.ready();
    this.#systemd.watch(async () => (await this.#engine.answer()) !== undefined);
    this.#inspection.keepTelling();
    this.#parent.up();
    this.#reloads.open();
    this.#obeyDumpSignals();
    await this.#dumps.rehearse();
    const end = await ended;
    await this.#stop(end);
    return end;
  }

  // ---- inside

  /** In the order of the start. Each may use those before it. */
  #list(): Service[] {
    const { vrrp, keepAddresses } = this.#options;
    return [
      configurable(
        "scripts",
        (config) => this.#scripts.prepare(config),
        () => this.#scripts.stop(),
      ),
      configurable(
        "checks",
        (config) => this.#checks.prepare(config),
        () => this.#checks.stop(),
      ),
      configurable(
        "hello to other nodes",
        async (config) => ({ commit: () => this.#peers.configure(config) }),
        () => this.#peers.close(),
      ),
      configurable(
        "dumps",
        (config) => this.#dumps.prepare(config),
        () => {},
      ),
      configurable(
        "notifications",
        (config) => this.#notifications.prepare(config),
        () => this.#notifications.close(STOP_NOTIFY_LIMIT),
      ),
      constant(
        "startup_script",
        (config) => this.#beginVrrp(config),
        () => {},
      ),
      ...(vrrp ? [new NetworkService(this.#network, keepAddresses)] : []),
      // Here, so that the network is still there for the end of a reload.
      constant(
        "reloads",
        async () => {},
        () => this.#reloads.close(),
      ),
      constant(
        "tracked things",
        () => this.#loadDrains(),
        () => this.#tracks.close(),
      ),
      this.#engine,
      constant(
        "control API",
        (config) => this.#openControl(config),
        () => this.#inspection.close(),
      ),
      configurable(
        "reload_time_file",
        async (config) => ({ commit: () => this.#schedule.configure(processKeywords(config)) }),
        () => this.#schedule.close(),
      ),
    ];
  }

  #engineListener(): Omit<EngineListener, "ready" | "failed"> {
    return {
      events: (events, at) => this.#tell(events, at),
      startScript: (run) => this.#scripts.start(run),
      killScript: (run, signal) => this.#scripts.kill(run, signal),
      sendHello: (instance, source, hello) => this.#peers.send(instance, source, hello),
      checkOrders: (orders) => this.#checks.obey(orders),
      notice: (text) => this.#log.vrrp.info(text),
      rememberOurs: (keys) => this.#journal.write({ addresses: keys }),
      rememberSequences: (sequences) => this.#journal.write({ sequences }),
    };
  }

  #tell(events: readonly EngineEvent[], at: Micros): void {
    this.#network.events(events);
    for (const event of events) {
      this.#events.write(event, at);
      this.#inspection.note(event, at);
      this.#notifications.tell(event);
    }
  }

  /** The engine knows nothing of what the main thread does for the host's network. */
  #withHost(report: EngineReport | undefined): EngineReport | undefined {
    if (report === undefined) return undefined;
    return { ...report, snapshot: { ...report.snapshot, hostProblems: this.#network.problems() } };
  }

  async #beginVrrp(config: LoadedConfig): Promise<void> {
    this.#log.parent.info(`Starting VRRP child process, pid=${process.pid}`);
    for (const line of settingsNotRun(config)) this.#log.vrrp.info(line);
    for (const line of missingForScripts(await scriptOwners(config))) this.#log.vrrp.info(line);
    for (const line of REGISTERED) this.#log.vrrp.detail(line);
    this.#sayAddresses(config);
    for (const line of announcementLines(config.instances)) this.#log.vrrp.detail(line);
    await this.#runScript("startup_script", config.global.startupScript);
  }

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

  /** The instances that are MASTER; none where no engine answers. */
  async #masters(): Promise<ReadonlySet<string>> {
    const routers = (await this.#engine.answer())?.snapshot.routers ?? [];
    return new Set(
      routers.filter(({ state }) => state.name === "MASTER").map(({ instance }) => instance.name),
    );
  }

  #sayAddresses(config: LoadedConfig): void {
    if (!this.#options.log.detail || !this.#options.vrrp) return;
    for (const line of addressLines(config.instances)) this.#log.vrrp.detail(line);
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
  async #openControl(config: LoadedConfig): Promise<void> {
    try {
      const commands: ControlCommands = {
        reload: () => this.#reloads.request(),
        dump: (kind) => this.#dumps.write(kind),
        withoutEffect: () => withoutEffect(this.#config),
        drain: (instances, order) => this.#drains.drain(instances, order),
        undrain: (instance) => this.#drains.undrain(instance),
      };
      const say = (text: string) => this.#log.parent.info(`Control API: ${text}`);
      await this.#inspection.open(config.global.process.instanceName, commands, say);
    } catch (error) {
      this.#log.parent.info(`Control API is not available: ${(error as Error).message}`);
    }
  }

  async #reload(): Promise<ReloadOutcome> {
    this.#systemd.reloading();
    const config = await this.#reloader.read(this.#config);
    const outcome = config === undefined ? "refused" : await this.#change(config);
    this.#systemd.ready();
    return outcome;
  }

  async #change(config: LoadedConfig): Promise<ReloadOutcome> {
    this.#sayAddresses(config);
    try {
      await this.#services.change(config, (placed) => {
        this.#config = placed;
      });
    } catch (error) {
      if (!(error instanceof ChangeRefused)) throw error;
      this.#log.parent.info(`Reload refused: ${error.message}: the running configuration stays as it is`);
      return "refused";
    }
    await this.#inspection.refresh();
    if (config.global.fifoStatesOnReload) {
      const current = await this.#engine.thread?.report(false);
      const { routers = [], groups = [] } = current?.snapshot ?? {};
      this.#notifications.repeatStates(routers, groups);
    }
    this.#log.parent.info("Reload complete");
    return "applied";
  }

  async #runScript(keyword: string, script: TimedScript | undefined): Promise<void> {
    if (script === undefined) return;
    const { command, timeout } = script;
    const failure = await runTimedScript(command, this.#config.global.scriptUser, timeout / 1_000);
    if (failure !== undefined) this.#log.parent.info(`${keyword}: ${failure}`);
  }

  async #stop({ again }: DaemonEnd): Promise<void> {
    if (again === undefined) this.#systemd.stopping();
    if (again === undefined) this.#log.parent.info("Stopping");
    await this.#services.stop();
    this.#log.vrrp.info(stoppedLine(this.#options.log.detail, process.cpuUsage()));
    this.#log.parent.detail(usageLine());
    if (again === undefined) await this.#runScript("shutdown_script", this.#config.global.shutdownScript);
  }
}
