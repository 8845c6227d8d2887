/** From argv to what keepalived is asked to do. */

import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { ALL_CHECKS } from "../config/include.js";
import { type DaemonOptions, DEFAULT_CONFIG_FILE } from "../daemon/options.js";
import { signalNumber } from "../daemon/signal-names.js";
import { getopt } from "./getopt.js";
import { KEEPALIVED_OPTIONS, keepalivedUsage, type OptionId } from "./keepalived-options.js";

/** What to do, after writing `stdout` and `stderr`. */
export interface KeepalivedCommand {
  readonly action:
    | { readonly kind: "run"; readonly options: DaemonOptions }
    /** `-t`; `log`: file that the findings are appended to. */
    | { readonly kind: "test"; readonly options: DaemonOptions; readonly log: string | undefined }
    | { readonly kind: "version" }
    | { readonly kind: "exit"; readonly status: 0 | 1 };
  readonly stdout: string;
  readonly stderr: string;
}

/** What the process brings along. */
export interface Surroundings {
  /** argv[0] as it was typed. */
  readonly program: string;
  /** Directory that relative paths belong to. */
  readonly directory: string;
  readonly hostName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Facilities of syslog(3) by the names that `-S` takes. */
const FACILITIES: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 8 }, (_, i) => [`local${i}`, 16 + i] as const),
  ...Array.from({ length: 8 }, (_, i) => [`${i}`, 16 + i] as const),
  ["user", 1],
  ["daemon", 3],
]);

/** Options as given: of repeated ones the last argument, and how often. */
type Given = Map<OptionId, { argument: string | undefined; times: number }>;

/**
 * Reads the words after argv[0]. As in keepalived, `--version`, `--help` and `--signum` act where they stand; a mistake is told,
 * what follows it is still read, and the status is 1.
 */
export function readKeepalivedCommand(words: readonly string[], around: Surroundings): KeepalivedCommand {
  const given: Given = new Map();
  const left: string[] = [];
  const complaints: string[] = [];
  let bad = false;
  const stderr = () => complaints.map((line) => `${line}\n`).join("");
  const end = (status: 0 | 1, stdout = "", more = ""): KeepalivedCommand => ({
    action: { kind: "exit", status },
    stdout,
    stderr: stderr() + more,
  });
  for (const finding of getopt(words, KEEPALIVED_OPTIONS)) {
    switch (finding.kind) {
      case "word":
        left.push(finding.word);
        break;
      case "unknown":
        bad = true;
        complaints.push(`Unknown option ${finding.option}`);
        break;
      case "missingArgument":
        bad = true;
        complaints.push(`Missing parameter for option ${finding.option}`);
        break;
      case "option": {
        const { argument } = finding;
        const { id } = finding.spec;
        if (id === "version") return { action: { kind: "version" }, stdout: "", stderr: stderr() };
        if (id === "help") return end(0, "", keepalivedUsage());
        if (id === "signum") {
          const number = signalNumber(argument ?? "");
          return number === undefined ? end(1, "", `Unknown sigfunc ${argument}\n`) : end(0, `${number}\n`);
        }
        if (id === "genhash")
          return end(1, "", "Vigil has no genhash: it runs no health checks of servers\n");
        given.set(id, { argument, times: (given.get(id)?.times ?? 0) + 1 });
        break;
      }
    }
  }
  if (bad) return end(1);
  const options = daemonOptions(given, words, around, complaints);
  const stdout = left.length === 0 ? "" : `Unexpected argument(s): ${left.join(" ")} \n`;
  const test = given.get("config-test");
  if (test === undefined) return { action: { kind: "run", options }, stdout, stderr: stderr() };
  return { action: { kind: "test", options, log: test.argument }, stdout, stderr: stderr() };
}

function daemonOptions(
  given: Given,
  words: readonly string[],
  around: Surroundings,
  complaints: string[],
): DaemonOptions {
  const has = (id: OptionId) => given.has(id);
  const text = (id: OptionId) => given.get(id)?.argument;
  // In the background it lives in the root directory.
  const path = (id: OptionId) => {
    const value = text(id);
    return value === undefined || has("dont-fork") ? value : resolve(around.directory, value);
  };
  // As keepalived has it, each of these options takes one process away.
  const absent = [
    ...(has("vrrp") ? (["checkers"] as const) : []),
    ...(has("check") ? (["vrrp"] as const) : []),
    ...(has("no_bfd") ? (["bfd"] as const) : []),
  ];
  const idle = (["checkers", "bfd"] as const).filter((part) => has("all") && !absent.includes(part));
  return {
    configFile: path("use-file") ?? DEFAULT_CONFIG_FILE,
    configId: text("config-id") ?? around.hostName.replace(/\..*/, ""),
    includeChecks: has("all-config") ? ALL_CHECKS : undefined,
    vrrp: !has("check"),
    absent,
    idleParts: idle,
    detach: !has("dont-fork"),
    log: {
      console: has("log-console") && has("dont-fork"),
      detail: has("log-detail"),
      syslog: !has("no-syslog"),
      facility: facilityOf(text("log-facility"), complaints),
      file: has("log-file") ? (path("log-file") ?? resolve(tmpdir(), "keepalived.log")) : undefined,
      flush: has("flush-log-file"),
      format: around.environment.VIGIL_LOG_FORMAT === "json" ? "json" : "keepalived",
    },
    umask: umaskOf(text("umask"), complaints),
    keepAddresses: has("dont-release-vrrp"),
    respawn: !has("dont-respawn"),
    dumpConfiguration: has("dump-conf"),
    pidFiles: {
      parent: path("pid"),
      vrrp: path("vrrp_pid"),
      checkers: path("checkers_pid"),
      bfd: path("bfd_pid"),
    },
    namespace: text("namespace"),
    addressMonitoring: has("address-monitoring"),
    coreDumps: has("core-dump"),
    corePattern: has("core-dump-pattern") ? (text("core-dump-pattern") ?? "core") : undefined,
    ignoreInterrupt: has("ignore-sigint"),
    commandLine: [around.program, ...words],
  };
}

/** LOG_DAEMON for what is no facility, as in keepalived. */
function facilityOf(name: string | undefined, complaints: string[]): number {
  const facility = FACILITIES.get(name ?? "daemon");
  if (facility === undefined) complaints.push(`Invalid log facility '${name}'`);
  return facility ?? 3;
}

function umaskOf(mask: string | undefined, complaints: string[]): number | undefined {
  if (mask === undefined) return undefined;
  if (/^[0-7]{1,4}$/.test(mask) && Number.parseInt(mask, 8) <= 0o777) return Number.parseInt(mask, 8);
  complaints.push(`Invalid --umask option ${mask}`);
  return undefined;
}
