/** One process: reads the configuration, runs the engine's thread, scripts and notifications, obeys signals. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config/config.js";
import type { Diagnostic } from "../config/diagnostic.js";
import type { EngineEvent } from "../engine/events.js";
import type { ScriptRun } from "../engine/platform.js";
import { missingCapabilities } from "../linux/capabilities.js";
import { native } from "../linux/native.js";
import { NotifyRunner } from "../linux/notify-runner.js";
import { RealTimeSignals } from "../linux/real-time-signals.js";
import { ScriptRunner } from "../linux/script-runner.js";
import { logLines } from "../report/log-lines.js";
import { settingsNotRun } from "../report/settings-not-run.js";
import { readConfig } from "./config-reading.js";
import { Dumps } from "./dumps.js";
import { type EngineListener, EngineThread } from "./engine-thread.js";
import { type Logger, openLog } from "./logging.js";
import { notifyCalls } from "./notifier.js";
import { type DaemonOptions, ExitStatus } from "./options.js";
import { PidFiles } from "./pid-files.js";
import { SIGNALS } from "./signal-names.js";
import { versionLine } from "./version.js";

/** How long STOP notifications may take before the process ends without them, ms; keepalived waits a second. */
const STOP_NOTIFY_LIMIT = 1_000;

/** How long the engine may take to say goodbye and give the addresses back, ms; keepalived's `child_wait_time`. */
const STOP_LIMIT = 5_000;

/** Runs the daemon until it is told to stop; resolves to the exit status. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  // As keepalived does, these are ignored until there is something to do about them; their default would be the end.
  for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE"] as const) process.on(signal, () => {});
  for (const number of [SIGNALS.STATS_CLEAR, SIGNALS.JSON]) native.ignoreSignal(number);
  const log = openLog({ console: options.logConsole, detail: options.logDetail, format: "keepalived" });
  log.info(`Starting ${versionLine()}`);
  log.info(`Command line: ${options.commandLine.map((word) => `'${word}'`).join(" ")}`);
  log.info(`Configuration file ${options.configFile}`);
  const { config, diagnostics } = readConfig(options);
  report(diagnostics, log);
  if (diagnostics.some((finding) => finding.severity === "refused")) {
    log.info(`pid ${process.pid} exited with permanent error CONFIG. Terminating`);
    return diagnostics.some((finding) => finding.code === "ERR_CONFIG_FILE_MISSING")
      ? ExitStatus.noConfig
      : ExitStatus.config;
  }
  for (const line of settingsNotRun(config)) log.info(line);
  const missing = missingCapabilities();
  for (const line of missing) log.info(line);
  if (missing.length > 0) return ExitStatus.permission;
  const pidFiles = new PidFiles([options.pidFile, options.vrrpPidFile]);
  if (pidFiles.running() !== undefined) {
    log.info("daemon is already running");
    return ExitStatus.ok;
  }
  pidFiles.write();
  try {
    return await new Daemon(options, config, log).run();
  } finally {
    pidFiles.remove();
  }
}

function report(diagnostics: readonly Diagnostic[], log: Logger): void {
  for (const { position, message } of diagnostics) {
    log.info(position === undefined ? message : `(${position.file}: Line ${position.line}) ${message}`);
  }
}

class Daemon implements EngineListener {
  readonly #options: DaemonOptions;
  readonly #log: Logger;
  readonly #scripts: ScriptRunner;
  readonly #notify: NotifyRunner;
  readonly #dumps: Dumps;
  #config: Config;
  #thread: EngineThread | undefined;
  #end: (status: number) => void = () => {};
  /** Only one reload at a time; one more is remembered. */
  #reloading = false;
  #reloadAgain = false;

  constructor(options: DaemonOptions, config: Config, log: Logger) {
    this.#options = options;
    this.#config = config;
    this.#log = log;
    this.#scripts = new ScriptRunner((run, result) => this.#thread?.scriptFinished(run, result));
    this.#notify = new NotifyRunner((text) => log.info(text));
    const source = {
      report: async (clear: boolean) => this.#thread?.report(clear),
      config: () => this.#config,
    };
    this.#dumps = new Dumps(source, (text) => log.info(text));
  }

  async run(): Promise<number> {
    await this.#scripts.configure(this.#config);
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    // Before the engine starts, so that an early signal is not lost.
    process.on("SIGTERM", () => this.#end(ExitStatus.ok));
    process.on("SIGINT", () => this.#end(ExitStatus.ok));
    process.on("SIGHUP", () => void this.#reload());
    process.on("SIGUSR1", () => void this.#dumps.write("data"));
    process.on("SIGUSR2", () => void this.#dumps.write("stats"));
    new RealTimeSignals(
      new Map<number, () => void>([
        [SIGNALS.STATS_CLEAR, () => void this.#dumps.write("statsClear")],
        [SIGNALS.JSON, () => void this.#dumps.write("json")],
      ]),
    );
    try {
      this.#thread = await EngineThread.start(this.#config, this);
    } catch (error) {
      this.#log.info(`VRRP engine did not start: ${(error as Error).message}`);
      return ExitStatus.fatal;
    }
    this.#log.info("Startup complete");
    const status = await ended;
    await this.#stop();
    return status;
  }

  // ---- EngineListener

  events(events: readonly EngineEvent[]): void {
    for (const event of events) {
      for (const line of logLines(event)) {
        if (line.detail) this.#log.detail(line.text, { event });
        else this.#log.info(line.text, { event });
      }
      for (const call of notifyCalls(event, this.#config))
        this.#notify.run(call.key, call.command, call.args, this.#config.global.scriptUser);
    }
  }

  startScript(run: ScriptRun): void {
    this.#scripts.start(run);
  }

  killScript(run: ScriptRun, signal: "SIGTERM" | "SIGKILL"): void {
    this.#scripts.kill(run, signal);
  }

  notice(text: string): void {
    this.#log.info(text);
  }

  failed(error: Error): void {
    this.#log.info(`VRRP engine failed: ${error.stack ?? error.message}`);
    this.#end(ExitStatus.internal);
  }

  // ---- inside

  async #reload(): Promise<void> {
    if (this.#reloading) {
      this.#reloadAgain = true;
      this.#log.info("Reload already in progress, request queued");
      return;
    }
    this.#reloading = true;
    do {
      this.#reloadAgain = false;
      await this.#reloadOnce();
    } while (this.#reloadAgain);
    this.#reloading = false;
  }

  async #reloadOnce(): Promise<void> {
    this.#log.info("Reloading ...");
    const { config, diagnostics } = readConfig(this.#options);
    report(diagnostics, this.#log);
    if (diagnostics.some((finding) => finding.severity === "refused")) {
      this.#log.info("Reload refused: the running configuration stays as it is");
      return;
    }
    for (const line of settingsNotRun(config)) this.#log.info(line);
    await this.#scripts.configure(config);
    this.#config = config;
    this.#thread?.reload(config);
    this.#log.info("Reload complete");
  }

  async #stop(): Promise<void> {
    this.#log.info("Stopping");
    const stopped = await Promise.race([this.#thread?.stop(), sleep(STOP_LIMIT, "late", { ref: false })]);
    if (stopped === "late") this.#log.info("vrrp process failed to die - forcing termination");
    await this.#notify.drain(STOP_NOTIFY_LIMIT);
    this.#scripts.stop();
    this.#log.info("Stopped");
    this.#log.info(`Stopped ${versionLine()}`);
  }
}
