/** `vrrp_check NAME`: a health check that Vigil makes itself. keepalived does not know this block. */

import { micros } from "../../base/time.js";
import { CheckDraft } from "../check-draft.js";
import type { ConfigDraft } from "../draft.js";
import { block, type Keyword, KeywordTable, line } from "../keyword-table.js";
import { INT32_MAX, MAX_SECONDS, readDecimal, readSigned, readSwitch, readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";
import { checkKindKeywords } from "./check-kinds.js";

/** `interval` and `timeout`. */
function duration(word: "interval" | "timeout", doc: string): Keyword<CheckDraft> {
  return line(word, { argument: "SECS", doc }, (check, statement) => {
    const value = readDecimal(statement, 1, { low: 1, high: MAX_SECONDS * 1000, places: 3 });
    if (value === undefined) {
      const limits = `between 0.001 and ${MAX_SECONDS}`;
      complain(check, statement, `${word} '${statement.required(1)}' must be ${limits} - ignoring`);
    } else check[word] = micros(value * 1_000);
  });
}

/** `rise` and `fall`. */
function count(word: "rise" | "fall", doc: string): Keyword<CheckDraft> {
  return line(word, { argument: "N", doc }, (check, statement) => {
    const value = readUnsigned(statement, 1, 1, INT32_MAX);
    if (value === undefined) {
      complain(check, statement, `${word} value '${statement.required(1)}' invalid - ignoring`);
    } else check[word] = value;
  });
}

/** `ca`, `cert`, `key`, `server_name`, `body`. */
function text(
  word: string,
  field: "ca" | "certificate" | "key" | "serverName" | "body",
  argument: string,
  doc: string,
): Keyword<CheckDraft> {
  return line(word, { argument, doc }, (check, statement) => {
    check[field] = statement.required(1);
  });
}

/** A switch, on when it stands alone. */
function toggle(word: "proof" | "suspicion" | "damping" | "insecure", doc: string): Keyword<CheckDraft> {
  return line(word, { argument: "[on|off]", doc }, (check, statement) => {
    const value = readSwitch(statement);
    if (value === undefined)
      complain(check, statement, `${word} '${statement.required(1)}' must be on or off`);
    else check[word] = value;
  });
}

const TABLE = new KeywordTable<CheckDraft>([
  ...checkKindKeywords(),
  text("ca", "ca", "FILE", "PEM file of the authorities that may have signed the server's certificate"),
  text("cert", "certificate", "FILE", "PEM file with the certificate to show to the server"),
  text("key", "key", "FILE", "PEM file with its key"),
  text("server_name", "serverName", "NAME", "name that the server's certificate must be for"),
  toggle("insecure", "do not verify the server's certificate"),
  line(
    "status",
    { argument: "CODE[-CODE]…", doc: "status codes that are accepted, default 200-299" },
    (check, statement) => {
      for (const [index, word] of statement.args.entries()) {
        const range = /^([1-5][0-9][0-9])(?:-([1-5][0-9][0-9]))?$/.exec(word);
        const from = Number(range?.[1]);
        const to = Number(range?.[2] ?? range?.[1]);
        if (range === null || from > to) {
          complain(check, statement, `status '${word}' is no code or range such as 200-299`, index + 1);
        } else check.status.push({ from, to });
      }
    },
  ),
  text("body", "body", '"TEXT"', "text that the answer must contain"),
  line(
    "user",
    { argument: "USER [GROUP]", doc: "run exec as this user, default script_user" },
    (check, statement) => {
      const user = statement.required(1);
      const group = statement.word(2);
      if (check.root.world?.userExists?.(user, group) === false)
        complain(check, statement, `unable to set uid/gid ${user} - ignoring`);
      else check.user = group === undefined ? { user } : { user, group };
    },
  ),
  duration("interval", "seconds between probes, default 1"),
  duration("timeout", "seconds for a whole probe, names and TLS included, default the interval"),
  line(
    "weight",
    { argument: "N [reverse]", doc: "change of priority, -253..253; 0: failure is a FAULT" },
    (check, statement) => {
      const value = readSigned(statement, 1, -253, 253);
      if (value === undefined) {
        complain(check, statement, `weight ${statement.required(1)} must be in [-253, 253]`);
      } else check.weight = value;
      const option = statement.word(2);
      if (option === "reverse") check.reverse = true;
      else if (option !== undefined) complain(check, statement, `unknown weight option ${option}`, 2);
    },
  ),
  count("rise", "successes in a row until OK, default 1"),
  count("fall", "suspicions in a row until failed, default 3; a proof needs only itself"),
  line("init_fail", { doc: "counts as failed until it has succeeded" }, (check) => {
    check.initFail = true;
  }),
  line(
    "track_in",
    { argument: "all|NAME…", doc: "be tracked by these instances and sync groups, without a line in them" },
    (check, statement) => {
      check.trackIn.push(...statement.args);
    },
  ),
  toggle("proof", "a proof of failure (connection refused) acts at once, default on"),
  toggle("suspicion", "timeouts and wrong answers count, default on"),
  toggle("damping", "keep the addresses while nobody better is known, default on"),
]);

/** The root keyword. */
export const vrrpCheck = block<ConfigDraft, CheckDraft>(
  "vrrp_check",
  { argument: "NAME {…}", required: 1, doc: "a health check made by the daemon itself; Vigil only" },
  TABLE,
  {
    open: (root, statement) => {
      const check = new CheckDraft(statement.required(1), root);
      check.place = statement.placeOf(0);
      return check;
    },
    close: (root, check, { end }) => {
      const { probe, name } = check;
      const refuse = (message: string) => complain(check, end, `${message} - removing`, 0);
      if (probe === undefined) refuse("no https_get, http_get, tcp_connect, etcd, icmp or exec");
      else if (root.checks.has(name)) refuse("duplicate vrrp_check");
      else if ((check.certificate === undefined) !== (check.key === undefined))
        refuse("cert and key go together");
      else {
        const needsUser = probe.kind === "exec" && check.user === undefined;
        if (needsUser && !root.hasDefaultUser((message) => complain(check, end, message, 0)))
          refuse("unable to set default user");
        else root.checks.add(check);
      }
    },
  },
);

function complain(check: CheckDraft, statement: Statement, message: string, index = 1): void {
  statement.complain("ERR_CONFIG_VRRP_CHECK", `(${check.name}): vrrp_check ${message}`, index);
}
