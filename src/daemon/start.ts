/** The start of the daemon: everything that may keep it from running is found here, in keepalived's order and words. */

import type { LoadedConfig } from "../config/loaded-config.js";
import { startVerdict } from "../config/verdict.js";
import { missingCapabilities } from "../linux/main-thread/process/capabilities.js";
import { CoreDumps } from "../linux/main-thread/process/core-dumps.js";
import { READY_DESCRIPTOR, tellReady } from "../linux/main-thread/process/detached-copy.js";
import { enterNetworkNamespace } from "../linux/main-thread/process/network-namespace.js";
import { appearAs } from "../linux/main-thread/process/process-title.js";
import { SignalInbox } from "../linux/main-thread/process/signal-inbox.js";
import { commandLines } from "./command-lines.js";
import { readConfig } from "./config-reading.js";
import { reportFindings } from "./config-report.js";
import { Daemon } from "./daemon.js";
import type { Invocation } from "./invocation.js";
import { Log } from "./logging.js";
import { type DaemonOptions, ExitStatus } from "./options.js";
import { PidFiles, pidFilePaths } from "./pid-files.js";
import { processKeywords } from "./process-settings.js";
import { SIGNALS } from "./signal-names.js";
import { Systemd } from "./systemd.js";
import { systemLine, versionLine } from "./version.js";

/** keepalived's umask: nobody else reads its dumps. */
const DEFAULT_UMASK = 0o177;

/** Runs the daemon until it is told to stop; resolves to the exit status. */
export async function runDaemon(options: DaemonOptions, invocation: Invocation): Promise<number> {
  // keepalived's parent ignores SIGPIPE.
  process.on("SIGPIPE", () => {});
  const signals = new SignalInbox([SIGNALS.STATS_CLEAR, SIGNALS.JSON]);
  const log = new Log(options.log);
  const status = await start(options, invocation, log, signals);
  if (status !== "runs already") log.parent.info(`Stopped ${versionLine()}`);
  await log.close();
  return status === "runs already" ? ExitStatus.ok : status;
}

async function start(
  options: DaemonOptions,
  invocation: Invocation,
  log: Log,
  signals: SignalInbox,
): Promise<number | "runs already"> {
  const { config, diagnostics, opened } = readConfig(options);
  const { process: naming } = config.global;
  const namespace = options.namespace ?? naming.netNamespace;
  // Before the first line, as this may start the program once more.
  const refusal = namespace === undefined ? undefined : enter(namespace, options, invocation, signals);
  appearAs(processKeywords(config).title, options.commandLine);
  log.parent.info(`Starting ${versionLine()}`);
  log.parent.info(systemLine());
  for (const line of commandLines(options.commandLine)) log.parent.info(line);
  for (const path of opened) log.parent.detail(`Opening file '${path}'.`);
  if (opened.length > 0) log.parent.info(`Configuration file ${options.configFile}`);
  reportFindings(diagnostics, opened.length > 0 ? log.vrrp : log.parent);
  log.identify([namespace, naming.instanceName]);
  if (refusal !== undefined) {
    log.parent.info(refusal);
    log.parent.info(`Unable to set network namespace ${namespace} - exiting`);
    return ExitStatus.fatal;
  }
  const verdict = startVerdict(diagnostics);
  if (verdict !== undefined) {
    if (opened.length > 0)
      log.parent.info(`pid ${process.pid} exited with permanent error CONFIG. Terminating`);
    return verdict;
  }
  const missing = missingCapabilities();
  for (const line of missing) log.parent.info(line);
  if (missing.length > 0) return ExitStatus.permission;
  const pidFiles = new PidFiles(pidFilePaths(options, naming, namespace));
  if (pidFiles.running((line) => log.parent.info(line)) !== undefined) {
    log.parent.info("daemon is already running");
    return "runs already";
  }
  try {
    pidFiles.write();
  } catch (error) {
    log.parent.info((error as Error).message);
    return ExitStatus.fatal;
  }
  const coreDumps = new CoreDumps(options, (line) => log.parent.info(line));
  try {
    return await run(options, config, invocation, log, signals);
  } finally {
    coreDumps.restore();
    pidFiles.remove();
  }
}

/** Returns with the process inside, or with the reason why it cannot be. */
function enter(
  namespace: string,
  options: DaemonOptions,
  { environment }: Invocation,
  signals: SignalInbox,
): string | undefined {
  const keep = [0, 1, 2, ...(options.detach ? [READY_DESCRIPTOR] : [])];
  try {
    enterNetworkNamespace(namespace, environment, keep, signals.kept);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function run(
  options: DaemonOptions,
  config: LoadedConfig,
  invocation: Invocation,
  log: Log,
  signals: SignalInbox,
): Promise<number> {
  process.umask(options.umask ?? config.global.process.umask ?? DEFAULT_UMASK);
  const daemon = new Daemon(options, config, log, new Systemd(process.env), signals);
  return daemon.run(() => {
    if (invocation.detached) tellReady();
  });
}
