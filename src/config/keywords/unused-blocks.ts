/**
 * Blocks of keepalived's other half, IPVS and its health checks: their keywords are known so that a shared file reads
 * without complaint, but nothing of them runs.
 */

import { parseIpAddress } from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { block, type Keyword, KeywordTable, line, list } from "../keyword-table.js";
import { readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";

/** Nothing is kept of what is inside. */
type Nothing = Record<string, never>;

const NOTHING: Nothing = {};

/** Keyword and argument; a command's arguments are quoted like a shell's; a number must be within its limits. */
type Known = readonly [
  name: string,
  argument?: string,
  extra?: "command" | readonly [low: number, high: number],
];

function known([name, argument = "", extra]: Known): Keyword<Nothing> {
  if (typeof extra === "object") {
    return line(name, { argument, doc: "understood, not run" }, (_nothing, statement) => {
      if (statement.word(1) !== undefined) readUnsigned(statement, 1, extra[0], extra[1]);
    });
  }
  const command = extra;
  return line(
    name,
    { argument, doc: "understood, not run", command: command !== undefined },
    () => undefined,
  );
}

function inner(name: string, argument: string, keywords: readonly Keyword<Nothing>[]): Keyword<Nothing> {
  return block<Nothing, Nothing>(
    name,
    { argument, required: 0, doc: "understood, not run" },
    new KeywordTable(keywords),
    { open: () => NOTHING },
  );
}

const CONNECTION: readonly Known[] = [
  ["connect_ip", "IP"],
  ["connect_port", "PORT"],
  ["bindto", "IP"],
  ["bind_port", "PORT"],
  ["bind_if", "IF"],
  ["connect_timeout", "SECS"],
  ["fwmark", "N"],
];

const RETRIES: readonly Known[] = [
  ["retry", "N"],
  ["delay_before_retry", "SECS"],
  ["warmup", "SECS"],
  ["delay_loop", "SECS"],
  ["alpha", "[BOOL]"],
  ["log_all_failures", "[BOOL]"],
];

const URL: readonly Known[] = [
  ["path", "PATH"],
  ["digest", "MD5"],
  ["status_code", "CODES"],
  ["virtualhost", "NAME"],
  ["regex", "PATTERN", "command"],
  ["regex_no_match"],
  ["regex_options", "WORDS"],
  ["regex_min_offset", "N"],
  ["regex_max_offset", "N"],
  ["regex_stack", "MIN MAX"],
  ["tls_compliant"],
];

const HTTP: readonly Keyword<Nothing>[] = [
  ...[...CONNECTION, ...RETRIES].map(known),
  ...(
    [
      ["virtualhost", "NAME"],
      ["http_protocol", "1.0|1.1"],
      ["enable_sni"],
      ["sni_name", "NAME"],
      ["fast_recovery", "[BOOL]"],
      ["tls_compliant"],
    ] as const satisfies readonly Known[]
  ).map(known),
  inner("url", "{…}", URL.map(known)),
  line("nb_get_retry", { argument: "N", doc: "old name of retry" }, (_nothing, statement) => {
    statement.complain(
      "ERR_CONFIG_DEPRECATED",
      "nb_get_retry is deprecated - please use 'retry'",
      0,
      "retry",
    );
  }),
];

const simple = (name: string, extra: readonly Known[] = []): Keyword<Nothing> =>
  inner(name, "{…}", [...CONNECTION, ...RETRIES, ...extra].map(known));

const CHECKERS: readonly Keyword<Nothing>[] = [
  inner("HTTP_GET", "{…}", HTTP),
  inner("SSL_GET", "{…}", HTTP),
  simple("TCP_CHECK"),
  inner("SMTP_CHECK", "{…}", [
    ...[...CONNECTION, ...RETRIES, ["helo_name", "NAME"] as const].map(known),
    inner("host", "{…}", CONNECTION.map(known)),
  ]),
  simple("DNS_CHECK", [
    ["type", "TYPE"],
    ["name", "NAME"],
  ]),
  simple("MISC_CHECK", [
    ["misc_path", '"CMD"', "command"],
    ["misc_timeout", "SECS"],
    ["misc_dynamic"],
    ["user", "USER [GROUP]"],
  ]),
  simple("BFD_CHECK", [["name", "NAME"]]),
  simple("PING_CHECK"),
  simple("UDP_CHECK", [
    ["payload", "HEX"],
    ["require_reply", "[HEX]"],
    ["min_reply_length", "N"],
    ["max_reply_length", "N"],
  ]),
  simple("FILE_CHECK", [
    ["track_file", "NAME"],
    ["weight", "N [reverse]"],
  ]),
];

const SHARED: readonly Known[] = [
  ...RETRIES.filter(([name]) => name !== "log_all_failures"),
  ["connect_timeout", "SECS"],
  ["inhibit_on_failure"],
  ["smtp_alert", "[BOOL]"],
  ["virtualhost", "NAME"],
  ["snmp_name", "NAME"],
];

const REAL_SERVER = inner("real_server", "IP [PORT] {…}", [
  ...SHARED.map(known),
  ...(
    [
      ["weight", "N"],
      ["lvs_method", "NAT|DR|TUN"],
      ["uthreshold", "N"],
      ["lthreshold", "N"],
      ["notify_up", '"CMD"', "command"],
      ["notify_down", '"CMD"', "command"],
    ] as const satisfies readonly Known[]
  ).map(known),
  ...CHECKERS,
]);

const SERVICE_FLAGS = [
  "hashed",
  "ops",
  "flag-1",
  "flag-2",
  "flag-3",
  "sh-port",
  "sh-fallback",
  "mh-port",
  "mh-fallback",
];

const VIRTUAL_SERVER: readonly Keyword<Nothing>[] = [
  ...SHARED.map(known),
  ...SERVICE_FLAGS.map((name) => known([name])),
  ...(
    [
      ["ip_family", "inet|inet6"],
      ["lb_algo", "ALGORITHM"],
      ["lvs_sched", "ALGORITHM"],
      ["lb_kind", "NAT|DR|TUN"],
      ["lvs_method", "NAT|DR|TUN"],
      ["persistence_engine", "NAME"],
      ["persistence_timeout", "[SECS]", [1, 2_678_400]],
      ["persistence_granularity", "MASK"],
      ["protocol", "TCP|UDP|SCTP"],
      ["ha_suspend"],
      ["omega"],
      ["quorum", "N", [1, UINT32_MAX]],
      ["hysteresis", "N", [0, UINT32_MAX]],
      ["quorum_up", '"CMD"', "command"],
      ["quorum_down", '"CMD"', "command"],
      ["weight", "N"],
      ["sorry_server", "IP [PORT]"],
      ["sorry_server_inhibit"],
      ["sorry_server_lvs_method", "NAT|DR|TUN"],
    ] as const satisfies readonly Known[]
  ).map(known),
  REAL_SERVER,
];

const SSL: readonly Known[] = [
  ["password", "STRING"],
  ["ca", "FILE"],
  ["certificate", "FILE"],
  ["key", "FILE"],
];

/** A root block that is noted once as not run. */
function unused(
  name: string,
  argument: string,
  required: number,
  keywords: readonly Keyword<Nothing>[],
): Keyword<ConfigDraft> {
  return block<ConfigDraft, Nothing>(
    name,
    { argument, required, doc: "IPVS: understood, not run" },
    new KeywordTable(keywords),
    {
      open: (root, statement) => {
        if (name === "virtual_server" && !isService(statement)) return undefined;
        root.unused.push({ keyword: name, arguments: statement.args, place: statement.placeOf(0) });
        return NOTHING;
      },
    },
  );
}

/** False, after a complaint, when a virtual_server is named by something that is no address; keepalived skips it. */
function isService(statement: Statement): boolean {
  const [host = "", port = "0"] = statement.args;
  if (host === "group" || host === "fwmark") return true;
  const validPort = /^[0-9]+$/.test(port) && Number(port) <= 65_535;
  if (parseIpAddress(host) !== undefined && validPort) return true;
  const message = `Invalid virtual server IP address/port ${host}/${port} - skipping`;
  statement.complain("ERR_CONFIG_VIRTUAL_SERVER", message, 1);
  return false;
}

/** The root keywords. */
export const unusedBlocks: readonly Keyword<ConfigDraft>[] = [
  unused("virtual_server", "IP [PORT] | fwmark N | group NAME {…}", 1, VIRTUAL_SERVER),
  unused("SSL", "{…}", 0, SSL.map(known)),
  list(
    "virtual_server_group",
    { argument: "NAME {…}", required: 1, doc: "IPVS: understood, not run" },
    () => undefined,
    {
      open: (root, statement) => {
        root.unused.push({
          keyword: "virtual_server_group",
          arguments: statement.args,
          place: statement.placeOf(0),
        });
        return true;
      },
    },
  ),
];
