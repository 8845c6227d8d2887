/** The start of the daemon: everything that may keep it from running is found here, in keepalived's order and words. */

import type { LoadedConfig } from "../config/loaded-config.js";
import { startVerdict } from "../config/verdict.js";
import { missingCapabilities } from "../linux/main-thread/process/capabilities.js";
import { CoreDumps } from "../linux/main-thread/process/core-dumps.js";
import { ParentProcess } from "../linux/main-thread/process/parent-process.js";
import { setProcessName } from "../linux/main-thread/process/process-title.js";
import { SignalInbox } from "../linux/main-thread/process/signal-inbox.js";
import { commandLines } from "./command-lines.js";
import { readConfig } from "./config-reading.js";
import { reportFindings } from "./config-report.js";
import { Daemon, type DaemonEnd } from "./daemon.js";
import type { Invocation } from "./invocation.js";
import { Log } from "./logging.js";
import { type DaemonOptions, ExitStatus } from "./options.js";
import { claimPidFiles, pidFilePaths } from "./pid-files.js";
import { processKeywords } from "./process-settings.js";
import { SIGNALS } from "./signal-names.js";
import { Systemd } from "./systemd.js";
import { systemLine, versionLine } from "./version.js";

/** keepalived's umask: nobody else reads its dumps. */
const DEFAULT_UMASK = 0o177;

/** What the daemon's process has from its first moment on. */
interface Surroundings {
  readonly options: DaemonOptions;
  readonly invocation: Invocation;
  readonly log: Log;
  readonly signals: SignalInbox;
  readonly parent: ParentProcess;
}

/** How the daemon's process ends. It is started again, too, when it is wanted in another network namespace. */
interface End extends DaemonEnd {
  /** Nothing is said of the end. */
  readonly silent?: true;
}

/** Runs the daemon until it is told to stop; resolves to the exit status. */
export async function runDaemon(options: DaemonOptions, invocation: Invocation): Promise<number> {
  // keepalived's parent ignores SIGPIPE.
  process.on("SIGPIPE", () => {});
  const signals = new SignalInbox([SIGNALS.STATS_CLEAR, SIGNALS.JSON]);
  const parent = new ParentProcess((number) => signals.take(number));
  const log = new Log(options.log);
  const { status, again, silent } = await start({ options, invocation, log, signals, parent });
  if (again === undefined && silent === undefined) log.parent.info(`Stopped ${versionLine()}`);
  await log.close();
  if (again === undefined) parent.leave();
  return status;
}

async function start(around: Surroundings): Promise<End> {
  const { options, invocation, log, parent } = around;
  const { config, diagnostics, opened } = readConfig(options);
  const { process: naming } = config.global;
  const namespace = options.namespace ?? naming.netNamespace;
  // Before the first line, as this may start the program once more.
  const refusal =
    namespace === undefined || namespace === invocation.namespace
      ? "inside"
      : await parent.enterNamespace(namespace);
  if (refusal === undefined) return { status: ExitStatus.ok, again: true };
  const { parentName, childName } = processKeywords(config);
  parent.setName(parentName);
  setProcessName(childName);
  log.parent.info(`Starting ${versionLine()}`);
  log.parent.info(systemLine());
  if (invocation.unconfined !== "") log.parent.info(`Less confined than intended: ${invocation.unconfined}`);
  for (const line of commandLines(options.commandLine)) log.parent.info(line);
  for (const path of opened) log.parent.detail(`Opening file '${path}'.`);
  if (opened.length > 0) log.parent.info(`Configuration file ${options.configFile}`);
  reportFindings(diagnostics, opened.length > 0 ? log.vrrp : log.parent);
  log.identify([namespace, naming.instanceName]);
  if (refusal !== "inside") {
    log.parent.info(refusal);
    log.parent.info(`Unable to set network namespace ${namespace} - exiting`);
    return { status: ExitStatus.fatal };
  }
  const verdict = startVerdict(diagnostics);
  if (verdict !== undefined) {
    if (opened.length > 0)
      log.parent.info(`pid ${process.pid} exited with permanent error CONFIG. Terminating`);
    return { status: verdict };
  }
  const missing = missingCapabilities();
  for (const line of missing) log.parent.info(line);
  if (missing.length > 0) return { status: ExitStatus.permission };
  const claim = await claimPidFiles(parent, pidFilePaths(options, naming, namespace), (line) =>
    log.parent.info(line),
  );
  if (claim === "runs already") {
    log.parent.info("daemon is already running");
    return { status: ExitStatus.ok, silent: true };
  }
  if (claim === "failed") return { status: ExitStatus.fatal };
  const coreDumps = new CoreDumps(options, (line) => log.parent.info(line));
  try {
    return await run(around, config);
  } finally {
    coreDumps.restore();
  }
}

async function run({ options, log, signals, parent }: Surroundings, config: LoadedConfig): Promise<End> {
  process.umask(options.umask ?? config.global.process.umask ?? DEFAULT_UMASK);
  const systemd = new Systemd(process.env, process.ppid, (text) => parent.tellServiceManager(text));
  const daemon = new Daemon(options, config, log, systemd, signals, parent);
  return daemon.run();
}
