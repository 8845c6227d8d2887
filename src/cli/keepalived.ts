/** `keepalived`: the command line of keepalived(8). */

import { hostname } from "node:os";
import { Command, CommanderError } from "commander";
import { runDaemon } from "../daemon/daemon.js";
import { type DaemonOptions, DEFAULT_CONFIG_FILE, DEFAULT_PID_FILES, ExitStatus } from "../daemon/options.js";
import { signalNumber } from "../daemon/signal-names.js";
import { testConfig } from "../daemon/test-config.js";
import { versionText } from "../daemon/version.js";

/** Options whose argument may be left out and must otherwise be attached; commander would take the next word for it. */
const ATTACHED = new Map([
  ["-t", "--config-test"],
  ["-g", "--log-file"],
  ["-M", "--core-dump-pattern"],
]);

interface Flags {
  readonly useFile: string;
  readonly logConsole?: boolean;
  readonly logDetail?: boolean;
  readonly dontFork?: boolean;
  readonly pid: string;
  readonly vrrp_pid: string;
  readonly configId?: string;
  readonly configTest?: string | boolean;
  readonly signum?: string;
  readonly version?: boolean;
}

/** All options of keepalived(8); those without effect here are accepted, as scripts and units give them. */
function program(): Command {
  return new Command("keepalived")
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stderr.write(text), writeErr: () => {} })
    .allowExcessArguments(true)
    .option("-f, --use-file <FILE>", "use the specified configuration file", DEFAULT_CONFIG_FILE)
    .option("-P, --vrrp", "only run with VRRP subsystem")
    .option("-C, --check", "only run with health-checker subsystem")
    .option("-B, --no_bfd", "do not run BFD subsystem")
    .option("--all", "run all subsystems, even if they have no configuration")
    .option("-l, --log-console", "log messages to local console")
    .option("-D, --log-detail", "detailed log messages")
    .option("-S, --log-facility <0-7|local0-local7|user|daemon>", "set syslog facility")
    .option("-g, --log-file [FILE]", "also log to a file (attached argument)")
    .option("--flush-log-file", "flush log file on write")
    .option("-G, --no-syslog", "do not log via syslog")
    .option("-u, --umask <MASK>", "umask for file creation, in octal")
    .option("-X, --release-vips", "drop VIPs on transition from signal")
    .option("-V, --dont-release-vrrp", "do not remove VRRP VIPs and VROUTEs on stop")
    .option("-I, --dont-release-ipvs", "do not remove IPVS topology on stop")
    .option("-R, --dont-respawn", "do not respawn child processes")
    .option("-n, --dont-fork", "do not fork the daemon process")
    .option("-d, --dump-conf", "dump the configuration data")
    .option("-p, --pid <FILE>", "pid file of the parent process", DEFAULT_PID_FILES.parent)
    .option("-r, --vrrp_pid <FILE>", "pid file of the VRRP child process", DEFAULT_PID_FILES.vrrp)
    .option("-c, --checkers_pid <FILE>", "pid file of the checkers child process")
    .option("-b, --bfd_pid <FILE>", "pid file of the BFD child process")
    .option("-a, --address-monitoring", "report all address additions and deletions")
    .option("-s, --namespace <NAME>", "run in network namespace NAME")
    .option("-e, --all-config", "error if any included file does not exist")
    .option("-i, --config-id <ID>", "skip configuration lines for other ids")
    .option("-m, --core-dump", "produce core dump if terminating abnormally")
    .option("-M, --core-dump-pattern [PATTERN]", "set the core dump pattern (attached argument)")
    .option(
      "--signum <SIGFUNC>",
      "print the signal number for STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON",
    )
    .option("-t, --config-test [LOG_FILE]", "test the configuration for obvious errors (attached argument)")
    .option("--ignore-sigint", "ignore SIGINT")
    .option("-v, --version", "display the version number")
    .helpOption("-h, --help", "display this help message");
}

/** Words with an optional argument that stand alone get an empty one attached. */
function protectOptional(argv: readonly string[]): string[] {
  return argv.map((word) => {
    const long = ATTACHED.get(word) ?? ([...ATTACHED.values()].includes(word) ? word : undefined);
    return long === undefined ? word : `${long}=`;
  });
}

/** Parses argv as getopt_long(3) would and does what it says; resolves to the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  const command = program();
  try {
    command.parse(protectOptional(argv.slice(2)), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return ExitStatus.ok;
    process.stderr.write(`${getoptMessage(error)}\n`);
    return ExitStatus.fatal;
  }
  const flags = command.opts<Flags>();
  if (flags.version) {
    process.stderr.write(versionText());
    return ExitStatus.ok;
  }
  if (flags.signum !== undefined) {
    const number = signalNumber(flags.signum);
    if (number === undefined) process.stderr.write(`Unknown sigfunc ${flags.signum}\n`);
    else process.stdout.write(`${number}\n`);
    return number === undefined ? ExitStatus.fatal : ExitStatus.ok;
  }
  if (command.args.length > 0) process.stdout.write(`Unexpected argument(s): ${command.args.join(" ")}\n`);
  const configId = flags.configId ?? hostname().replace(/\..*/, "");
  if (flags.configTest !== undefined) {
    const log =
      typeof flags.configTest === "string" && flags.configTest !== "" ? flags.configTest : undefined;
    return testConfig(flags.useFile, configId, log);
  }
  if (flags.dontFork !== true) {
    process.stderr.write(
      "keepalived: this version runs in the foreground only: add -n and leave the rest to a supervisor\n",
    );
    return ExitStatus.fatal;
  }
  const options: DaemonOptions = {
    configFile: flags.useFile,
    configId,
    logConsole: flags.logConsole === true,
    logDetail: flags.logDetail === true,
    pidFile: flags.pid,
    vrrpPidFile: flags.vrrp_pid,
    commandLine: ["keepalived", ...argv.slice(2)],
  };
  return runDaemon(options);
}

/** commander's complaint in keepalived's words. */
function getoptMessage(error: CommanderError): string {
  const option = /'([^' ]+)/.exec(error.message)?.[1] ?? error.message;
  if (error.code === "commander.unknownOption") return `Unknown option ${option}`;
  if (error.code === "commander.optionMissingArgument")
    return `Missing parameter for option ${option.replace(",", "")}`;
  return error.message;
}

// Not exitCode: an engine that does not answer any more must not keep the process from ending.
process.exit(await main(process.argv));
