/** The options of keepalived(8): one table for parsing, `--help` and the manual's test. */

import type { OptionSpec } from "./getopt.js";

/** One option. */
export interface KeepalivedOption extends OptionSpec {
  /** How the program calls it; of two spellings the same. */
  readonly id: OptionId;
  /** Name of the argument in `--help`. */
  readonly value?: string;
  /** Lines of `--help`; none for what only programs use. */
  readonly help?: readonly string[];
}

/** All options, by their long names. */
export type OptionId =
  | "use-file"
  | "vrrp"
  | "check"
  | "no_bfd"
  | "all"
  | "log-console"
  | "log-detail"
  | "log-facility"
  | "log-file"
  | "flush-log-file"
  | "no-syslog"
  | "umask"
  | "release-vips"
  | "dont-release-vrrp"
  | "dont-release-ipvs"
  | "dont-respawn"
  | "dont-fork"
  | "dump-conf"
  | "pid"
  | "vrrp_pid"
  | "genhash"
  | "checkers_pid"
  | "address-monitoring"
  | "bfd_pid"
  | "snmp"
  | "snmp-agent-socket"
  | "namespace"
  | "core-dump"
  | "core-dump-pattern"
  | "all-config"
  | "config-id"
  | "signum"
  | "config-test"
  | "config-fd"
  | "ignore-sigint"
  | "version"
  | "help";

/** In the order of `--help`. */
export const KEEPALIVED_OPTIONS: readonly KeepalivedOption[] = [
  option("f", "use-file", "required", "FILE", "Configuration file", "(/etc/keepalived/keepalived.conf)"),
  option("P", "vrrp", "none", "", "Run VRRP only, no health checkers"),
  option("C", "check", "none", "", "Run health checkers only, no VRRP"),
  option("B", "no_bfd", "none", "", "Run without BFD"),
  option("", "all", "none", "", "Start every part, even one that has no configuration"),
  option("l", "log-console", "none", "", "Log to standard error too; with -n"),
  option("D", "log-detail", "none", "", "Log details; twice: still more of them"),
  option(
    "S",
    "log-facility",
    "required",
    "([0-7]|local[0-7]|user|daemon)",
    "Facility of syslog lines, LOG_LOCAL[0-7], user or daemon (default)",
  ),
  option("g", "log-file", "optional", "FILE", "Log to files too, one for each process (/tmp/keepalived.log)"),
  option("", "flush-log-file", "none", "", "Flush the log file after each line"),
  option("G", "no-syslog", "none", "", "Do not log to syslog"),
  option("u", "umask", "required", "MASK", "Mode bits that new files do not get, octal (0177)"),
  option("X", "release-vips", "none", "", "Remove VIPs when leaving MASTER whoever added them"),
  option("V", "dont-release-vrrp", "none", "", "Leave VIPs, routes and rules in place at the end"),
  option("I", "dont-release-ipvs", "none", "", "Leave IPVS services in place at the end"),
  option("R", "dont-respawn", "none", "", "End when a part dies, instead of starting it again"),
  option("n", "dont-fork", "none", "", "Stay in the foreground"),
  option("d", "dump-conf", "none", "", "Write the configuration as understood to the log"),
  option("p", "pid", "required", "FILE", "Pid file of the parent process"),
  option("r", "vrrp_pid", "required", "FILE", "Pid file of the VRRP process"),
  option("T", "genhash", "none", "", "Become genhash; Vigil has none"),
  option("c", "checkers_pid", "required", "FILE", "Pid file of the checker process"),
  option("a", "address-monitoring", "none", "", "Log every address that comes or goes"),
  option("b", "bfd_pid", "required", "FILE", "Pid file of the BFD process"),
  option("x", "snmp", "none", "", "Start SNMP; Vigil has none"),
  option("A", "snmp-agent-socket", "required", "FILE", "Socket of the SNMP master agent"),
  option("s", "namespace", "required", "NAME", "Run in this network namespace, whatever the file says"),
  option("m", "core-dump", "none", "", "Allow core dumps"),
  option("M", "core-dump-pattern", "optional", "PATN", "Set /proc/sys/kernel/core_pattern too ('core')"),
  option("e", "all-config", "none", "", "An include that matches no file is an error"),
  option("i", "config-id", "required", "ID", "What @ID lines are compared with", "(host name up to its dot)"),
  option(
    "",
    "signum",
    "required",
    "SIGFUNC",
    "Number of the signal for STOP, RELOAD, DATA, STATS,",
    "STATS_CLEAR, JSON",
  ),
  option(
    "t",
    "config-test",
    "optional",
    "LOG_FILE",
    "Check the configuration, say what is wrong with it",
    "to standard error or a file",
  ),
  { id: "config-fd", long: "config-fd", argument: "required" },
  option("", "ignore-sigint", "none", "", "Do not end at SIGINT"),
  option("v", "version", "none", "", "Print the version"),
  option("h", "help", "none", "", "Print this text"),
];

function option(
  short: string,
  id: OptionId,
  argument: OptionSpec["argument"],
  value: string,
  ...help: readonly string[]
): KeepalivedOption {
  return {
    id,
    long: id,
    argument,
    ...(short === "" ? {} : { short }),
    ...(value === "" ? {} : { value }),
    help,
  };
}

/** Column in which explanations begin. */
const HELP_COLUMN = 31;

/** The text of `--help`. */
export function keepalivedUsage(): string {
  const lines = KEEPALIVED_OPTIONS.flatMap(({ short, long, argument, value, help }) => {
    if (help === undefined) return [];
    const letter = short === undefined ? "   " : `-${short},`;
    const given = value === undefined ? "" : argument === "optional" ? `[=${value}]` : `=${value}`;
    const head = `  ${letter} --${long}${given}`;
    const [first = "", ...more] = help;
    const indent = " ".repeat(HELP_COLUMN);
    const start = head.length < HELP_COLUMN ? [head.padEnd(HELP_COLUMN) + first] : [head, indent + first];
    return [...start, ...more.map((text) => `${indent} ${text}`)];
  });
  return `${["Usage: keepalived [OPTION...]", ...lines].join("\n")}\n`;
}
