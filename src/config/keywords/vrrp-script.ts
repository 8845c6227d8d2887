/** `vrrp_script NAME`: a command run at intervals whose result changes priorities. */

import { micros } from "../../base/time.js";
import { type ConfigDraft, ScriptDraft } from "../draft.js";
import { block, KeywordTable, line } from "../keyword-table.js";
import { INT32_MAX, MAX_SECONDS, readDecimal, readSigned, readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";
import { readArgv } from "./commands.js";

/** Draft with the root that user checks need. */
class OpenScript extends ScriptDraft {
  readonly root: ConfigDraft;

  constructor(name: string, root: ConfigDraft) {
    super(name);
    this.root = root;
  }
}

const TABLE = new KeywordTable<OpenScript>([
  line(
    "script",
    {
      argument: '"CMD ARGS"',
      doc: "command that succeeds while all is well; run without a shell",
      command: true,
      required: 0,
    },
    (script, statement) => {
      if (statement.word(1) === undefined) return;
      script.argv = readArgv(statement);
      if (statement.commandWords()?.[2] !== undefined) {
        statement.note(
          "ERR_CONFIG_UNQUOTED_COMMAND",
          `only '${script.argv?.join(" ")}' is run, the rest of the line is ignored`,
          2,
          "quote the command together with its arguments",
        );
      }
    },
  ),
  line("interval", { argument: "SECS", doc: "seconds between runs, default 1" }, (script, statement) => {
    const value = readDecimal(statement, 1, { low: 0, high: MAX_SECONDS * 1000, places: 3 });
    if (value === undefined) {
      complain(
        statement,
        `(${script.name}): vrrp script interval '${statement.required(1)}' must be between 0.001 and ${MAX_SECONDS} - ignoring`,
      );
    } else if (value === 0) {
      complain(statement, `(${script.name}): vrrp script interval must be greater than 0, setting to 1`);
      script.interval = micros(1_000_000);
    } else script.interval = micros(value * 1_000);
  }),
  line(
    "timeout",
    { argument: "SECS", doc: "seconds after which a run counts as failed" },
    (script, statement) => {
      const value = readDecimal(statement, 1, { low: 0, high: MAX_SECONDS * 1000, places: 3 });
      if (value === undefined) {
        complain(
          statement,
          `(${script.name}): vrrp script timeout '${statement.required(1)}' invalid - ignoring`,
        );
      } else if (value === 0) {
        complain(statement, `(${script.name}): vrrp script timeout must be greater than 0, setting to 1`);
        script.timeout = micros(1_000_000);
      } else script.timeout = micros(value * 1_000);
    },
  ),
  line(
    "weight",
    { argument: "N [reverse]", doc: "change of priority, -253..253; 0: failure is a FAULT" },
    (script, statement) => {
      const value = readSigned(statement, 1, -253, 253);
      if (value === undefined) {
        complain(
          statement,
          `vrrp_script ${script.name} weight ${statement.required(1)} must be in [-253, 253]`,
        );
      } else script.weight = value;
      const option = statement.word(2);
      if (option === "reverse") script.reverse = true;
      else if (option !== undefined) {
        complain(statement, `vrrp_script ${script.name} unknown weight option ${option}`, 2);
      }
    },
  ),
  line("rise", { argument: "N", doc: "successes in a row until OK, default 1" }, (script, statement) => {
    const value = readUnsigned(statement, 1, 1, INT32_MAX);
    if (value === undefined) {
      complain(
        statement,
        `(${script.name}): vrrp script rise value '${statement.required(1)}' invalid, defaulting to 1`,
      );
    }
    script.rise = value ?? 1;
  }),
  line("fall", { argument: "N", doc: "failures in a row until failed, default 1" }, (script, statement) => {
    const value = readUnsigned(statement, 1, 1, INT32_MAX);
    if (value === undefined) {
      complain(
        statement,
        `(${script.name}): vrrp script fall value '${statement.required(1)}' invalid, defaulting to 1`,
      );
    }
    script.fall = value ?? 1;
  }),
  line(
    "user",
    { argument: "USER [GROUP]", doc: "run as this user, default script_user" },
    (script, statement) => {
      const user = statement.required(1);
      const group = statement.word(2);
      script.user = group === undefined ? { user } : { user, group };
      script.broken = script.root.world?.userExists?.(user, group) === false;
      if (script.broken)
        complain(statement, `Unable to set uid/gid for script ${script.argv?.join(" ") ?? ""}`, 1);
    },
  ),
  line("init_fail", { doc: "accepted; has no effect, as in keepalived" }, (script) => {
    script.initFail = true;
  }),
]);

/** The root keyword. */
export const vrrpScript = block<ConfigDraft, OpenScript>(
  "vrrp_script",
  { argument: "NAME {…}", required: 1, doc: "a command run at intervals whose result changes priorities" },
  TABLE,
  {
    open: (root, statement) => {
      const script = new OpenScript(statement.required(1), root);
      script.place = statement.placeOf(0);
      return script;
    },
    close: (root, script, { end: statement }) => {
      if (script.argv === undefined) {
        complain(statement, `No script set for vrrp_script ${script.name} - removing`, 0);
      } else if (
        script.user === undefined &&
        !root.hasDefaultUser((message) => complain(statement, message, 0))
      ) {
        complain(statement, `Unable to set default user for vrrp script ${script.name} - removing`, 0);
      } else if (!script.broken) root.scripts.add(script);
    },
  },
);

function complain(statement: Statement, message: string, index = 1): void {
  statement.complain("ERR_CONFIG_VRRP_SCRIPT", message, index);
}
