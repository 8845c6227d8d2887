/** Values that the keywords of IPVS have in common: delays, retries, servers, forwarding, scripts. */

import { parseIpAddress } from "../../base/ip-address.js";
import type { ConfigDraft } from "../draft.js";
import { type Keyword, line } from "../keyword-table.js";
import type { ForwardingMethod, ServerAddress } from "../lvs-draft.js";
import { readUnsigned, UINT64_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import { COMMAND_ARGUMENT, readArgv } from "./commands.js";
import { decimalKeyword, type ValueText } from "./value-keywords.js";

/** Code of findings about virtual and real servers. */
export const LVS_CODE = "ERR_CONFIG_VIRTUAL_SERVER";

/** Limits of delays, µs. */
const ANY_DELAY = { low: 0, high: UINT64_MAX, places: 6 } as const;
const SOME_DELAY = { low: 1, high: UINT64_MAX, places: 6 } as const;
const SHORT_DELAY = { low: 1, high: 4_294_967_295, places: 6 } as const;

/** `delay_loop`, `delay_before_retry`, `warmup` and `connect_timeout`; `bad` words what is wrong with one of them. */
export function delayKeywords<Target>(
  bad: (keyword: string, value: string) => string,
  code = LVS_CODE,
): readonly Keyword<Target>[] {
  const text = (name: string, doc: string): ValueText<Target> => ({
    argument: "SECS",
    doc,
    code,
    bad: (value) => bad(name, value),
  });
  return [
    decimalKeyword("delay_loop", text("delay_loop", "between two checks"), SOME_DELAY),
    decimalKeyword(
      "delay_before_retry",
      text("delay_before_retry", "before a failed check is repeated"),
      ANY_DELAY,
    ),
    decimalKeyword("warmup", text("warmup", "longest random delay of the first check"), ANY_DELAY),
  ];
}

/** `connect_timeout`. */
export function connectTimeout<Target>(bad: (value: string) => string, code = LVS_CODE): Keyword<Target> {
  const text = { argument: "SECS", doc: "limit for connecting", code, bad };
  return decimalKeyword("connect_timeout", text, SHORT_DELAY);
}

/** A word that is there or not. */
export function flagKeyword<Target>(
  name: string,
  doc: string,
  apply: (target: Target) => void = () => undefined,
): Keyword<Target> {
  return line(name, { doc }, (target) => apply(target));
}

/** `IP [PORT]` from a word on; undefined, after a complaint, when it is none. */
export function readServer(
  statement: Statement,
  index: number,
  bad: (host: string, port: string | undefined) => string,
): ServerAddress | undefined {
  const host = statement.required(index);
  const portText = statement.word(index + 1);
  const port = portText === undefined || portText === "0" ? 0 : readUnsigned(statement, index + 1, 1, 65_535);
  const address = parseIpAddress(host.split(/[-/]/)[0] ?? "");
  if (address !== undefined && port !== undefined) return { address, port };
  statement.complain(
    LVS_CODE,
    bad(host, portText),
    index,
    "an IPv4 or IPv6 address and a port from 1 to 65535",
  );
  return undefined;
}

const METHODS: readonly ForwardingMethod[] = ["NAT", "DR", "TUN"];

/** `NAT|DR|TUN [type ipip|gue|gre] [port N] [csum|nocsum|remcsum]`; undefined after a complaint. */
export function readMethod(
  statement: Statement,
  kind: "virtual" | "real" | "sorry",
): ForwardingMethod | undefined {
  const word = statement.required(1);
  const method = METHODS.find((known) => known === word);
  if (method === undefined) {
    const message = `PARSER : unknown [${word}] routing method for ${kind} server.`;
    statement.complain(LVS_CODE, message, 1, METHODS.join(", "));
    return undefined;
  }
  readTunnel(statement, method);
  return method;
}

/** Complains about tunnel options; keepalived words them for virtual servers everywhere. */
function readTunnel(statement: Statement, method: ForwardingMethod): void {
  const complain = (message: string, index: number) => statement.complain(LVS_CODE, message, index);
  let type = "ipip";
  let port: number | undefined;
  let checksum = false;
  for (let i = 2; i < statement.words.length; i++) {
    const word = statement.required(i);
    if (word === "type") {
      type = statement.word(++i) ?? "";
      if (!["ipip", "gue", "gre"].includes(type)) {
        complain(`Unknown tunnel type ${type} for virtual server.`, i);
        return;
      }
    } else if (word === "port") {
      port = readUnsigned(statement, ++i, 1, 65_535);
      if (port === undefined) {
        complain(`Invalid gue tunnel port ${statement.required(i)} for virtual server.`, i);
        return;
      }
    } else if (["csum", "nocsum", "remcsum"].includes(word)) checksum ||= word !== "nocsum";
    else {
      complain(`Invalid tunnel option ${word} for virtual server.`, i);
      return;
    }
  }
  if (method !== "TUN") return;
  if ((type === "gue") !== (port !== undefined)) {
    complain("gue tunnels require port, otherwise cannot have port.", 1);
  } else if (type === "ipip" && checksum) complain("ipip tunnels do not support checksum option.", 1);
}

/** A script of a server: the first counts; it must have a user. */
export function serverScript<Target extends { readonly scripts: Set<string> }>(
  name: string,
  doc: string,
  rootOf: (target: Target) => ConfigDraft,
): Keyword<Target> {
  return line(name, { argument: COMMAND_ARGUMENT, doc, command: true }, (target, statement) => {
    if (target.scripts.has(name)) {
      const message = `((null)) ${name} script already specified - ignoring ${statement.required(1)}`;
      statement.complain(LVS_CODE, message, 1, "the first one counts");
      return;
    }
    target.scripts.add(name);
    recordCheckScript(statement, rootOf(target));
  });
}

/** Remembers a command for the check of all scripts, with its user; complains when there is no user to run it. */
function recordCheckScript(statement: Statement, root: ConfigDraft): void {
  const argv = readArgv(statement);
  if (argv === undefined) return;
  const [, , user, group] = statement.commandWords() ?? [];
  if (user !== undefined) {
    if (root.world?.userExists?.(user.text, group?.text) === false) return;
    root.checkScripts.push({ argv, user: user.text, ...(group === undefined ? {} : { group: group.text }) });
  } else if (root.hasDefaultUser((message) => statement.complain("ERR_CONFIG_UNKNOWN_USER", message, 1))) {
    root.checkScripts.push({ argv, ...root.global.scriptUser });
  }
}
