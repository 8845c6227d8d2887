/** Keywords of global_defs about the daemon itself, and the settings at root level that concern it. */

import type { ConfigDraft } from "../draft.js";
import { type IncludeChecks, NO_CHECKS } from "../include.js";
import { type Keyword, line } from "../keyword-table.js";
import type { Statement } from "../statement.js";
import { globalSwitch } from "./global-vrrp.js";

const CODE = "ERR_CONFIG_GLOBAL";

function complain(statement: Statement, message: string, index = 1, hint?: string): void {
  statement.complain(CODE, message, index, hint);
}

const UMASK_BITS: ReadonlyMap<string, number> = new Map([
  ["IRUSR", 0o400],
  ["IWUSR", 0o200],
  ["IXUSR", 0o100],
  ["IRWXU", 0o700],
  ["IRGRP", 0o040],
  ["IWGRP", 0o020],
  ["IXGRP", 0o010],
  ["IRWXG", 0o070],
  ["IROTH", 0o004],
  ["IWOTH", 0o002],
  ["IXOTH", 0o001],
  ["IRWXO", 0o007],
]);

const INCLUDE_CHECKS: ReadonlyMap<string, keyof IncludeChecks> = new Map([
  ["read", "read"],
  ["match", "match"],
  ["wildcard_match", "wildcardMatch"],
  ["brace_match", "braceMatch"],
]);

/** Those of global_defs. */
export const globalDaemonKeywords: readonly Keyword<ConfigDraft>[] = [
  line(
    "router_id",
    { argument: "STRING", doc: "name of this machine in mail, default the host name", required: 0 },
    (root, statement) => {
      const name = statement.word(1);
      if (name === undefined) complain(statement, "routerid name missing - ignoring");
      else root.global.routerId = name;
    },
  ),
  line(
    "umask",
    { argument: "OCTAL or IRUSR|IWUSR|…", doc: "file creation mask, default 0177" },
    (root, statement) => {
      root.global.umask = readUmask(statement) ?? root.global.umask;
    },
  ),
  line(
    "include_check",
    { argument: "[[+-]read|match|wildcard_match|brace_match]…", doc: "what plain include checks" },
    (_root, statement, parser) => {
      parser.reader.setIncludeChecks(readIncludeChecks(statement, parser.reader.includeChecks));
    },
  ),
  line(
    "reload_check_config",
    { argument: "[LOGFILE]", doc: "check the configuration before a reload" },
    (root, statement) => {
      root.global.reloadCheckConfig = statement.word(1) ?? "/dev/null";
    },
  ),
  line(
    "state_dump_file",
    { argument: "PATH", doc: "where the data dump goes", required: 0 },
    (root, statement) => {
      const path = statement.word(1);
      if (path === undefined) complain(statement, "state_dump_file requires a non-empty path");
      else root.global.stateDumpFile = path;
    },
  ),
  globalSwitch(
    "data_use_instance",
    "names of dump files contain the instance name",
    "Invalid value '%s' for global date_use_instance specified",
    (global, value) => {
      global.dataUseInstance = value;
    },
  ),
  line(
    "json_version",
    { argument: "1|2", doc: "layout of the JSON dump", required: 0 },
    (root, statement) => {
      const version = statement.word(1);
      if (version === undefined) complain(statement, "json_version requires version");
      else if (version === "1" || version === "2") root.global.jsonVersion = version === "1" ? 1 : 2;
      else complain(statement, "Invalid JSON version", 1, "1 or 2");
    },
  ),
  line("vrrp_iptables", { argument: "[IN [OUT]]", doc: "replaced by nftables" }, (root, statement) => {
    complain(
      statement,
      "iptables not supported, using nftables instead. Please replace 'vrrp_iptables and 'vrrp_ipsets' with 'nftables' config option",
      0,
      "nftables",
    );
    // Behind what was set before, as the order counts.
    root.global.other.delete("nftables");
    root.global.other.set("nftables", []);
  }),
];

/** Those at root level. */
export const rootDaemonKeywords: readonly Keyword<ConfigDraft>[] = [
  line(
    "net_namespace",
    { argument: "NAME", doc: "run in this network namespace", required: 0 },
    (root, statement) => {
      const name = statement.word(1);
      if (name === undefined) complain(statement, "net_namespace name missing - ignoring");
      else if (root.global.netNamespace === undefined) root.global.netNamespace = name;
      else complain(statement, `Duplicate net_namespace definition ${name} - ignoring`);
    },
  ),
  line(
    "instance",
    { argument: "NAME", doc: "name of this daemon, suffix of its pid files", required: 0 },
    (root, statement) => {
      const name = statement.word(1);
      if (name === undefined) complain(statement, "instance name missing - ignoring");
      else if (root.global.instanceName === undefined) root.global.instanceName = name;
      else complain(statement, `Duplicate instance definition ${name} - ignoring`);
    },
  ),
  line("use_pid_dir", { doc: "pid files in a directory of their own" }, (root) => {
    root.global.usePidDirectory = true;
  }),
];

function readUmask(statement: Statement): number | undefined {
  const first = statement.required(1);
  const text = /^[0-9]/.test(first) ? first : statement.args.join("");
  if (text === first && statement.words.length > 2) {
    complain(statement, "Extra parameter(s) to umask option", 2);
  } else if (/^[0-9]/.test(text)) {
    const octal = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : 0o1000;
    const value = /^0[xX][0-9a-fA-F]+$/.test(text) ? Number(text) : octal;
    if (value <= 0o777) return value;
    complain(statement, `invalid umask value ${text}`, 1, "an octal number from 0 to 0777");
  } else {
    const bits = text.split("|");
    const unknown = bits.find((bit) => !UMASK_BITS.has(bit));
    if (unknown === undefined) return bits.reduce((mask, bit) => mask | (UMASK_BITS.get(bit) ?? 0), 0);
    complain(statement, `Unknown umask bit ${unknown}`, 1, [...UMASK_BITS.keys()].join(", "));
  }
  return undefined;
}

function readIncludeChecks(statement: Statement, before: IncludeChecks): IncludeChecks {
  if (statement.words.length === 1) return { read: true, match: true, wildcardMatch: true, braceMatch: true };
  const checks: { -readonly [Key in keyof IncludeChecks]: boolean } = { ...before };
  for (const [i, word] of statement.args.entries()) {
    const sign = /^[+-]/.exec(word)?.[0];
    const check = INCLUDE_CHECKS.get(sign === undefined ? word : word.slice(1));
    if (check === undefined) {
      complain(
        statement,
        `Unknown include_check type '${word.replace(/^[+-]/, "")}' - ignoring`,
        i + 1,
        [...INCLUDE_CHECKS.keys()].join(", "),
      );
      continue;
    }
    if (sign === undefined && i === 0) Object.assign(checks, NO_CHECKS);
    checks[check] = sign !== "-";
  }
  return checks;
}
