/** `virtual_server` and `real_server`: known and checked, so that a shared file reads as with keepalived; nothing runs. */

import { familyOf } from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { block, type Keyword, KeywordTable, line } from "../keyword-table.js";
import { type ForwardingMethod, RealServerDraft, VirtualServerDraft } from "../lvs-draft.js";
import { INT32_MAX, readUnsigned, UINT32_MAX } from "../numbers.js";
import { familiesFit } from "../resolve-lvs.js";
import type { Statement } from "../statement.js";
import { checkers } from "./lvs-checkers.js";
import {
  LVS_CODE as CODE,
  connectTimeout,
  delayKeywords,
  flagKeyword,
  readMethod,
  readServer,
  serverScript,
} from "./lvs-values.js";
import { numberKeyword, switchKeyword, valueKeyword, wordKeyword } from "./value-keywords.js";

const SCHEDULERS = "rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos".split(" ");

/** Flags of a service, and the schedulers that heed them; keepalived speaks of sh even for those of mh. */
const FLAGS: readonly (readonly [name: string, schedulers?: readonly string[]])[] = [
  ["hashed"],
  ["flag-1"],
  ["flag-2"],
  ["flag-3"],
  ["sh-port", ["sh"]],
  ["sh-fallback", ["sh"]],
  ["mh-port", ["mh"]],
  ["mh-fallback", ["mh"]],
];

/** Keywords with the same meaning for a virtual server, where they are defaults, and a real one. */
function shared<Target>(kind: "virtual" | "real"): readonly Keyword<Target>[] {
  const word = (name: string) =>
    kind === "real" ? name : name === "delay_loop" ? "delay loop" : name.replaceAll("_", " ");
  return [
    ...delayKeywords<Target>((name, value) => `${kind} server ${word(name)} '${value}' invalid - ignoring`),
    connectTimeout<Target>((value) => `${kind} server connect_timeout ${value} invalid - ignoring`),
    numberKeyword<Target>(
      "retry",
      {
        argument: "N",
        doc: "failures that are forgiven",
        code: CODE,
        bad: (value) => `retry value invalid - ${value}`,
      },
      { low: 1, high: UINT32_MAX },
    ),
    wordKeyword<Target>("virtualhost", {
      argument: "NAME",
      doc: "default Host header of checks",
      code: CODE,
      missing: `${kind} server virtualhost missing`,
    }),
    line<Target>(
      "snmp_name",
      { argument: "NAME", doc: "name in the MIB", required: 0 },
      (_target, statement) => {
        if (statement.words.length === 2) return;
        statement.complain(CODE, `${kind} server snmp_name missing or extra parameters`, 1);
      },
    ),
    switchKeyword<Target>("smtp_alert", {
      doc: "mail when its state changes",
      code: CODE,
      bad: (value) => `Invalid ${kind}_server smtp_alert parameter ${value}`,
    }),
  ];
}

function methodKeyword<Target extends { method: ForwardingMethod | undefined }>(
  name: string,
  kind: "virtual" | "real",
): Keyword<Target> {
  const text = {
    argument: "NAT|DR|TUN [type ipip|gue|gre] [port N] …",
    doc: "how packets are forwarded",
    code: CODE,
  };
  return valueKeyword(
    name,
    text,
    (statement) => readMethod(statement, kind),
    (target, method) => {
      target.method = method;
    },
  );
}

const REAL = new KeywordTable<RealServerDraft>([
  ...shared<RealServerDraft>("real"),
  ...["inhibit_on_failure", "alpha"].map((name) =>
    switchKeyword<RealServerDraft>(
      name,
      {
        doc: name === "alpha" ? "down until the first success" : "weight 0 instead of removal",
        code: CODE,
        bad: (value) => `Invalid ${name} parameter ${value}`,
      },
      (real, on) => {
        if (name === "inhibit_on_failure") real.inhibit = on;
      },
    ),
  ),
  numberKeyword(
    "weight",
    {
      argument: "N",
      doc: "its share",
      code: CODE,
      bad: (value) => `Real server weight ${value} is outside range 0-2147483647`,
    },
    { low: 0, high: INT32_MAX },
    (real, weight) => {
      real.weight = weight;
    },
  ),
  methodKeyword<RealServerDraft>("lvs_method", "real"),
  ...["uthreshold", "lthreshold"].map((name) =>
    numberKeyword<RealServerDraft>(
      name,
      {
        argument: "N",
        doc: name === "uthreshold" ? "most connections" : "connections below which it is used again",
        code: CODE,
        bad: (value) => `Invalid real_server ${name} '${value}' - ignoring`,
      },
      { low: 0, high: UINT32_MAX },
    ),
  ),
  serverScript<RealServerDraft>("notify_up", "run when it comes up", (real) => real.server.root),
  serverScript<RealServerDraft>("notify_down", "run when it goes down", (real) => real.server.root),
  ...checkers,
]);

const realServer = block<VirtualServerDraft, RealServerDraft>(
  "real_server",
  { argument: "IP [PORT] {…}", required: 1, doc: "a server behind the virtual one" },
  REAL,
  {
    open: (server, statement) => {
      const bad = (host: string, port = "(null)") =>
        `Invalid real server ip address/port ${host}/${port} - skipping`;
      const target = readServer(statement, 1, bad);
      if (target === undefined) return undefined;
      const real = new RealServerDraft(server, target);
      real.place = statement.placeOf(0);
      return real;
    },
    close: (server, real, { end }) => {
      if (familiesFit(server, real)) server.realServers.push(real);
      else {
        const message = `Address family of virtual server and real server ${real.target.address} don't match - skipping real server.`;
        end.complain(CODE, message);
      }
    },
  },
);

const algorithm = (name: string): Keyword<VirtualServerDraft> =>
  line(name, { argument: SCHEDULERS.join("|"), doc: "scheduler" }, (server, statement) => {
    const word = statement.required(1);
    if (SCHEDULERS.includes(word)) server.scheduler = word;
    else statement.complain(CODE, `Invalid lvs_scheduler '${word}' - ignoring`, 1, SCHEDULERS.join(", "));
  });

const PROTOCOLS = ["tcp", "udp", "sctp"] as const;

const SERVICE: readonly Keyword<VirtualServerDraft>[] = [
  line("ip_family", { argument: "inet|inet6", doc: "family of a fwmark service" }, (server, statement) => {
    const word = statement.required(1);
    const family = word === "inet" ? 4 : word === "inet6" ? 6 : undefined;
    if (family === undefined) {
      statement.complain(CODE, `unknown address family ${word}`, 1, "inet or inet6");
    } else if (server.kind === "address" && server.family !== family) {
      const message = `Virtual server specified family ${word} conflicts with server family`;
      statement.complain(CODE, message, 1);
    } else server.family = family;
  }),
  algorithm("lb_algo"),
  algorithm("lvs_sched"),
  methodKeyword<VirtualServerDraft>("lb_kind", "virtual"),
  methodKeyword<VirtualServerDraft>("lvs_method", "virtual"),
  ...FLAGS.map(([name, schedulers = ["sh", "mh"]]) =>
    line<VirtualServerDraft>(name, { doc: "flag of the service" }, (server, statement) => {
      const fits = name.startsWith("flag-") || schedulers.includes(server.scheduler ?? "");
      if (!fits) statement.complain(CODE, `${name} only applies to sh scheduler - ignoring`, 0);
    }),
  ),
  flagKeyword("ops", "every packet is scheduled, UDP only", (server) => {
    server.onePacket = true;
  }),
  line("protocol", { argument: "TCP|UDP|SCTP", doc: "layer 4 protocol" }, (server, statement) => {
    const word = statement.required(1);
    const protocol = PROTOCOLS.find((known) => known === word.toLowerCase());
    if (protocol === undefined)
      statement.complain(CODE, `Unknown protocol ${word} - ignoring`, 1, "TCP, UDP, SCTP");
    else server.protocol = protocol;
  }),
  wordKeyword("persistence_engine", { argument: "NAME", doc: "persistence engine, such as sip", code: CODE }),
  line(
    "persistence_timeout",
    { argument: "[SECS]", doc: "clients stay with a server, default 360" },
    (server, statement) => {
      if (statement.word(1) === undefined || readUnsigned(statement, 1, 1, 2_678_400) !== undefined) {
        server.persistent = true;
      } else statement.complain(CODE, "persistence_timeout invalid", 1);
    },
  ),
  line(
    "persistence_granularity",
    { argument: "MASK|PREFIX", doc: "clients that count as one" },
    readGranularity,
  ),
];

function readGranularity(server: VirtualServerDraft, statement: Statement): void {
  const word = statement.required(1);
  const good = server.family === 6 ? readUnsigned(statement, 1, 1, 128) !== undefined : isInetNumber(word);
  if (good) server.persistent = true;
  else {
    const version = server.family === 6 ? "IPv6" : "IPv4";
    statement.complain(CODE, `Invalid ${version} persistence_granularity specified - ${word}`, 1);
  }
}

/** True for what inet_aton(3) takes: one to four numbers, decimal, octal or hexadecimal. */
function isInetNumber(text: string): boolean {
  const parts = text.split(".");
  if (parts.length > 4 || parts.some((part) => !/^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.test(part)))
    return false;
  const values = parts.map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = values.pop() ?? 0;
  return values.every((value) => value <= 255) && last < 256 ** (4 - values.length);
}

const QUORUM: readonly Keyword<VirtualServerDraft>[] = [
  ...["alpha", "omega", "ha_suspend", "inhibit_on_failure"].map((name) =>
    flagKeyword<VirtualServerDraft>(name, "for all real servers", (server) => {
      if (name === "inhibit_on_failure") server.inhibit = true;
    }),
  ),
  numberKeyword(
    "quorum",
    {
      argument: "N",
      doc: "total weight that is enough",
      code: CODE,
      bad: (value) => `Quorum ${value} must be in [1, 4294967295]. Setting to 1.`,
    },
    { low: 1, high: UINT32_MAX },
    (server, value) => {
      server.quorum = value;
    },
  ),
  numberKeyword(
    "hysteresis",
    {
      argument: "N",
      doc: "distance around the quorum",
      code: CODE,
      bad: (value) => `Hysteresis ${value} must be in [0, 4294967295] - ignoring`,
    },
    { low: 0, high: UINT32_MAX },
    (server, value) => {
      server.hysteresis = value;
    },
  ),
  serverScript<VirtualServerDraft>("quorum_up", "run when the quorum is reached", (server) => server.root),
  serverScript<VirtualServerDraft>("quorum_down", "run when the quorum is lost", (server) => server.root),
  numberKeyword(
    "weight",
    {
      argument: "N",
      doc: "default of real servers",
      code: CODE,
      bad: (value) => `Virtual server weight ${value} is outside range 1-2147483647`,
    },
    { low: 1, high: INT32_MAX },
    (server, value) => {
      server.weight = value;
    },
  ),
  line(
    "sorry_server",
    { argument: "IP [PORT]", doc: "used when no real server is up" },
    (server, statement) => {
      const sorry = readServer(statement, 1, (host) => `Invalid sorry server IP address ${host} - skipping`);
      if (sorry === undefined) return;
      server.sorryServer = sorry;
      server.sorryMethod = server.method;
      server.sorryInhibit = false;
    },
  ),
  line("sorry_server_inhibit", { doc: "weight 0 instead of removal" }, (server, statement) => {
    if (server.sorryServer !== undefined) server.sorryInhibit = true;
    else statement.complain(CODE, "Ignoring sorry_server inhibit used before or without sorry_server", 0);
  }),
  line(
    "sorry_server_lvs_method",
    { argument: "NAT|DR|TUN …", doc: "how packets are forwarded to it", required: 0 },
    (server, statement) => {
      if (server.sorryServer !== undefined)
        server.sorryMethod = readMethod(statement, "sorry") ?? server.sorryMethod;
      else statement.complain(CODE, "sorry_server forwarding used without sorry_server", 0);
    },
  ),
];

/** The root keyword. */
export const virtualServer = block<ConfigDraft, VirtualServerDraft>(
  "virtual_server",
  { argument: "IP [PORT] | fwmark N | group NAME {…}", required: 1, doc: "IPVS service: checked, not run" },
  new KeywordTable<VirtualServerDraft>([
    ...shared<VirtualServerDraft>("virtual"),
    ...SERVICE,
    ...QUORUM,
    realServer,
  ]),
  {
    open: (root, statement) => {
      const server = openServer(root, statement);
      if (server === undefined) return undefined;
      server.place = statement.placeOf(0);
      root.unused.push({ keyword: "virtual_server", arguments: statement.args, place: statement.placeOf(0) });
      return server;
    },
    close: (root, server, { end }) => {
      root.virtualServers.push(server);
      const sorry = server.sorryServer;
      if (sorry === undefined || server.sorryMethod === "TUN") return;
      const family = familyOf(sorry.address);
      server.family ??= family;
      if (server.family === family) return;
      const message = `Address family of virtual server and sorry server ${sorry.address} don't match - skipping sorry server.`;
      end.complain(CODE, message);
      server.sorryServer = undefined;
    },
  },
);

function openServer(root: ConfigDraft, statement: Statement): VirtualServerDraft | undefined {
  const kind = statement.required(1);
  if (kind === "group") {
    return new VirtualServerDraft(root, { kind, subject: statement.word(2) ?? "", port: 0 });
  }
  if (kind === "fwmark") {
    const mark = statement.word(2) === undefined ? undefined : readUnsigned(statement, 2, 0, UINT32_MAX);
    if (mark !== undefined) return new VirtualServerDraft(root, { kind, subject: String(mark), port: 0 });
    const message = `virtual server fwmark '${statement.word(2) ?? ""}' must be in [0, 4294967295] - ignoring`;
    statement.complain(CODE, message, 2);
    return undefined;
  }
  const port = statement.word(2);
  const target = readServer(statement, 1, (host) =>
    port === undefined
      ? `Invalid virtual server IP address ${host} - skipping`
      : `Invalid virtual server IP address/port ${host}/${port} - skipping`,
  );
  if (target === undefined) return undefined;
  const family = familyOf(target.address);
  return new VirtualServerDraft(root, {
    kind: "address",
    subject: target.address,
    port: target.port,
    family,
  });
}
