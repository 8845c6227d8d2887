/** Health checks of real servers: their keywords and values are known and checked, nothing of them runs. */

import { familyOf, type IpAddress, isLinkLocal, parseIpAddress } from "../../base/ip-address.js";
import { block, type Keyword, KeywordTable, line } from "../keyword-table.js";
import type { RealServerDraft } from "../lvs-draft.js";
import { INT32_MAX, readSigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import { readArgv } from "./commands.js";
import { httpKeywords } from "./lvs-http.js";
import { connectTimeout, delayKeywords, flagKeyword } from "./lvs-values.js";
import { numberKeyword, switchKeyword, wordKeyword } from "./value-keywords.js";

const CODE = "ERR_CONFIG_CHECKER";

/** A check as far as it was read. */
export class CheckerDraft {
  readonly real: RealServerDraft;
  address: IpAddress | undefined;
  interface: string | undefined;
  /** URLs of an HTTP check that can be asked for. */
  urls = 0;
  command: readonly string[] | undefined;
  /** A `user` was given; `user` is set when it exists. */
  userGiven = false;
  /** It will not run, and that was said. */
  removed = false;
  user: { user: string; group?: string } | undefined;
  /** Name of what it depends on: a track_file or a BFD session. */
  depends: string | undefined;
  minReply = 0;
  maxReply = 255;

  constructor(real: RealServerDraft) {
    this.real = real;
    this.address = real.target.address;
  }
}

/** Where and how a check connects. */
const CONNECTION: readonly Keyword<CheckerDraft>[] = [
  line(
    "connect_ip",
    { argument: "IP", doc: "address to check instead of the server's" },
    (check, statement) => {
      const address = readAddress(statement, "connect_ip");
      if (address !== undefined) check.address = address;
    },
  ),
  portKeyword("connect_port", "port to check instead of the server's"),
  line("bindto", { argument: "IP", doc: "own address" }, (check, statement) => {
    const address = readAddress(statement, "bindto");
    if (address === undefined || check.address === undefined) return;
    if (familyOf(address) === familyOf(check.address)) return;
    const message = `bindto address ${address} does not match address family of connect_ip - skipping`;
    statement.complain(CODE, message, 1);
  }),
  portKeyword("bind_port", "own port"),
  wordKeyword("bind_if", { argument: "IF", doc: "interface to use", code: CODE }, (check, name) => {
    check.interface = name;
  }),
  connectTimeout((value) => `connect_timeout ${value} invalid - ignoring`, CODE),
  numberKeyword(
    "fwmark",
    {
      argument: "N",
      doc: "mark of the packets",
      code: CODE,
      bad: (value) => `Invalid fwmark connection value '${value}'`,
    },
    { low: 0, high: UINT32_MAX },
  ),
];

/** When a check is repeated. */
const TIMES: readonly Keyword<CheckerDraft>[] = [
  numberKeyword(
    "retry",
    {
      argument: "N",
      doc: "failures that are forgiven",
      code: CODE,
      bad: (value) => `Invalid retry connection value '${value}'`,
    },
    { low: 0, high: UINT32_MAX },
  ),
  ...delayKeywords<CheckerDraft>(
    (name, value) =>
      name === "delay_loop"
        ? `delay_loop '${value}' is invalid - ignoring`
        : `Invalid ${name} connection value '${value}'`,
    CODE,
  ),
  ...["alpha", "log_all_failures"].map((name) => checkSwitch(name)),
];

function checkSwitch(name: string, doc = "as for virtual servers"): Keyword<CheckerDraft> {
  return switchKeyword(name, { doc, code: CODE, bad: (value) => `Invalid ${name} parameter ${value}` });
}

function portKeyword(name: string, doc: string): Keyword<CheckerDraft> {
  const bad = (value: string) => `Invalid checker ${name} '${value}'`;
  return numberKeyword(name, { argument: "PORT", doc, code: CODE, bad }, { low: 1, high: 65_535 });
}

function readAddress(statement: Statement, keyword: string): IpAddress | undefined {
  const text = statement.required(1);
  const address = parseIpAddress(text.split("/")[0] ?? "");
  if (address === undefined) {
    statement.complain(CODE, `Invalid ${keyword} address ${text} - ignoring`, 1, "an IPv4 or IPv6 address");
  }
  return address;
}

/** A check; `close` says what keepalived says at its `}`. */
function checker(
  name: string,
  doc: string,
  keywords: readonly Keyword<CheckerDraft>[],
  close: (check: CheckerDraft, end: Statement) => void = () => undefined,
): Keyword<RealServerDraft> {
  return block<RealServerDraft, CheckerDraft>(name, { doc }, new KeywordTable(keywords), {
    open: (real) => {
      const check = new CheckerDraft(real);
      // Its addresses are those of its hosts.
      if (name === "SMTP_CHECK") check.address = undefined;
      return check;
    },
    close: (_real, check, { end }) => {
      if (keywords.some((keyword) => CONNECTION.includes(keyword))) requireInterface(check, end);
      close(check, end);
    },
  });
}

/** Complains about a link-local address without an interface. */
function requireInterface(check: CheckerDraft, end: Statement): void {
  if (check.address === undefined || !isLinkLocal(check.address) || check.interface !== undefined) return;
  end.complain(CODE, `Checker link local address ${check.address} requires a bind_if`);
}

const SMTP: readonly Keyword<CheckerDraft>[] = [
  ...CONNECTION,
  ...TIMES,
  wordKeyword("helo_name", {
    argument: "NAME",
    doc: "name given to the server",
    code: CODE,
    missing: "SMTP_CHECK helo name missing",
  }),
  block<CheckerDraft, CheckerDraft>(
    "host",
    { doc: "a further address to check" },
    new KeywordTable([...CONNECTION, ...TIMES]),
    {
      open: (check) => new CheckerDraft(check.real),
      close: (_check, host, { end }) => requireInterface(host, end),
    },
  ),
];

const DNS_TYPES = ["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"];

const DNS: readonly Keyword<CheckerDraft>[] = [
  ...CONNECTION,
  ...TIMES,
  line("type", { argument: "TYPE", doc: "record asked for" }, (_check, statement) => {
    const type = statement.required(1);
    if (DNS_TYPES.includes(type.toUpperCase())) return;
    statement.complain(CODE, `Unknown DNS check type ${type} - ignoring`, 1, DNS_TYPES.join(", "));
  }),
  line("name", { argument: "NAME", doc: "name asked for" }, (_check, statement) => {
    const name = statement.required(1);
    // keepalived takes a first label of one character before a dot for an empty one.
    if (name === "." || !(name.includes("..") || /^.?\../.test(name) || /^.\.$/.test(name))) return;
    statement.complain(CODE, `DNS_CHECK name '${name}' has empty label - ignoring`, 1);
  }),
];

const MISC: readonly Keyword<CheckerDraft>[] = [
  ...TIMES,
  line(
    "misc_path",
    { argument: '"CMD"', doc: "command that checks", command: true, required: 0 },
    (check, statement) => {
      if (statement.word(1) === undefined) return;
      check.command = readArgv(statement);
    },
  ),
  numberKeyword(
    "misc_timeout",
    {
      argument: "SECS",
      doc: "its limit",
      code: CODE,
      bad: (value) => `Invalid misc_timeout value '${value}'`,
    },
    { low: 0, high: 4_294 },
  ),
  flagKeyword("misc_dynamic", "the exit status is the weight"),
  line("user", { argument: "USER [GROUP]", doc: "who runs it", required: 0 }, (check, statement) => {
    const user = statement.word(1);
    const shown = (check.command ?? []).map((word) => `'${word}'`).join(" ");
    if (user === undefined) {
      statement.complain(CODE, `No user specified for misc checker script ${shown}`, 1);
    } else if (check.real.server.root.world?.userExists?.(user, statement.word(2)) === false) {
      statement.complain(CODE, `Failed to set uid/gid for misc checker script ${shown} - removing`, 1);
      check.removed = true;
    } else {
      const group = statement.word(2);
      check.user = group === undefined ? { user } : { user, group };
    }
    check.userGiven = true;
  }),
];

function closeMisc(check: CheckerDraft, end: Statement): void {
  const { command } = check;
  if (check.removed) return;
  if (command === undefined) {
    end.complain(CODE, "No script path has been specified for MISC_CHECKER - skipping");
    return;
  }
  const { root } = check.real.server;
  if (check.userGiven) root.checkScripts.push({ argv: command, ...check.user });
  else if (root.hasDefaultUser(() => undefined)) {
    root.checkScripts.push({ argv: command, ...root.global.scriptUser });
  } else {
    const shown = command.map((word) => `'${word}'`).join(" ");
    end.complain("ERR_CONFIG_UNKNOWN_USER", `Unable to set default user for misc script ${shown} - removing`);
  }
}

const UDP: readonly Keyword<CheckerDraft>[] = [
  ...CONNECTION,
  ...TIMES,
  line("payload", { argument: "HEX", doc: "what is sent", required: 0 }, (_check, statement) => {
    if (statement.word(1) === undefined) {
      statement.complain(CODE, "UDP_CHECK payload requires a payload", 1);
    } else if (!/^[0-9a-fA-F\s]+$/.test(statement.args.join(" ")))
      statement.complain(CODE, "Invalid hex string for UDP_CHECK payload", 1);
  }),
  line("require_reply", { argument: "[HEX]", doc: "what must come back, X: any" }, (_check, statement) => {
    if (!/^[0-9a-fA-FxX\s]*$/.test(statement.args.join(" ")))
      statement.complain(CODE, "Invalid hex string for UDP_CHECK reply", 1);
  }),
  replyLength("min", "min_reply_length", (check, value) => {
    check.minReply = value;
  }),
  replyLength("max", "max_reply_length", (check, value) => {
    check.maxReply = value;
  }),
];

function replyLength(
  end: "min" | "max",
  name: string,
  apply: (check: CheckerDraft, value: number) => void,
): Keyword<CheckerDraft> {
  const bad = (value: string) => `UDP_CHECK ${end} length ${value} not valid - must be between 0 & 65535`;
  const text = { argument: "N", doc: `${end}imum length of a reply`, code: CODE, bad };
  return numberKeyword(name, text, { low: 0, high: 65_535 }, apply);
}

function closeUdp({ minReply, maxReply }: CheckerDraft, end: Statement): void {
  if (minReply <= maxReply) return;
  end.complain(
    CODE,
    `UDP_CHECK min_reply length ${minReply} > max_reply_length ${maxReply} - will always fail`,
  );
}

const BFD: readonly Keyword<CheckerDraft>[] = [
  line("name", { argument: "NAME", doc: "the bfd_instance", required: 0 }, (check, statement) => {
    const name = statement.word(1);
    check.depends = name ?? "";
    const who = `(${check.real.label}) BFD_CHECK`;
    if (statement.words.length !== 2) {
      statement.complain(CODE, `${who} - No or too many names specified - skipping checker`, 1);
    } else if (name !== undefined && !check.real.server.root.bfds.has(name)) {
      statement.complain(CODE, `${who} - BFD ${name} not configured`, 1);
    }
  }),
  checkSwitch("alpha"),
];

const FILE: readonly Keyword<CheckerDraft>[] = [
  line("track_file", { argument: "NAME", doc: "the track_file" }, (check, statement) => {
    const name = statement.required(1);
    if (check.real.server.root.trackFiles.has(name)) check.depends = name;
    else statement.complain(CODE, `track_file ${name} not found`, 1, "define it above");
  }),
  line(
    "weight",
    { argument: "N [reverse]", doc: "multiplies its number", required: 0 },
    (_check, statement) => {
      if (statement.word(1) === undefined) {
        statement.complain(CODE, "track file weight missing", 1);
      } else if (readSigned(statement, 1, -INT32_MAX, INT32_MAX) === undefined) {
        const message = "weight for track file must be in [-2147483647..2147483647] inclusive. Ignoring...";
        statement.complain(CODE, message, 1);
      } else if (![undefined, "reverse"].includes(statement.word(2))) {
        statement.complain(
          CODE,
          `unknown track file weight option ${statement.word(2)} - ignoring`,
          2,
          "reverse",
        );
      }
    },
  ),
];

function closeHttp(check: CheckerDraft, end: Statement): void {
  if (check.urls === 0) end.complain(CODE, "HTTP/SSL_GET checker has no urls specified - ignoring");
}

/** All kinds of checks. */
export const checkers: readonly Keyword<RealServerDraft>[] = [
  checker("HTTP_GET", "asks for a page", httpKeywords([...CONNECTION, ...TIMES]), closeHttp),
  checker("SSL_GET", "asks for a page over TLS", httpKeywords([...CONNECTION, ...TIMES]), closeHttp),
  checker("TCP_CHECK", "connects", [...CONNECTION, ...TIMES]),
  checker("SMTP_CHECK", "talks to a mail server", SMTP),
  checker("DNS_CHECK", "asks a name server", DNS),
  checker("MISC_CHECK", "runs a command", MISC, closeMisc),
  checker("BFD_CHECK", "follows a BFD session", BFD, (check, end) => {
    if (check.depends === undefined) {
      end.complain(CODE, `(${check.real.label}) No name has been specified for BFD_CHECKER - skipping`);
    }
  }),
  checker("PING_CHECK", "pings", [...CONNECTION, ...TIMES]),
  checker("UDP_CHECK", "sends a datagram", UDP, closeUdp),
  checker("FILE_CHECK", "follows a track_file", FILE, (check, end) => {
    if (check.depends === undefined) end.complain(CODE, "FILE_CHECK has no track_file specified - ignoring");
  }),
];
