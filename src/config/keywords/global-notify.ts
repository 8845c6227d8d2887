/** Keywords of global_defs about scripts, FIFOs and mail. */

import { seconds } from "../../base/time.js";
import type { ConfigDraft } from "../draft.js";
import { type Keyword, line, list } from "../keyword-table.js";
import type { NotifyFifo } from "../loaded-config.js";
import { MAX_SECONDS, readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";
import { COMMAND_ARGUMENT, readCommand } from "./commands.js";
import { globalFlag, globalSwitch } from "./global-vrrp.js";

const CODE = "ERR_CONFIG_GLOBAL";

function complain(statement: Statement, message: string, index = 1): void {
  statement.complain(CODE, message, index);
}

/** A FIFO and its reader. */
function fifoKeywords(scope: NotifyFifo["scope"], prefix: string): Keyword<ConfigDraft>[] {
  const name = `${prefix}notify_fifo`;
  const entry = (root: ConfigDraft) => {
    const fifo = root.global.fifos.get(scope) ?? {};
    root.global.fifos.set(scope, fifo);
    return fifo;
  };
  return [
    line(
      name,
      { argument: "PATH [USER [GROUP]]", doc: "FIFO that gets a line for each event", required: 0 },
      (root, statement) => {
        const fifo = entry(root);
        const path = statement.word(1);
        if (path === undefined) {
          complain(statement, `No ${name} name specified`);
          return;
        }
        if (fifo.path !== undefined) {
          complain(statement, `${name} already specified - ignoring ${path}`);
          return;
        }
        fifo.path = path;
        const [user, group] = [statement.word(2), statement.word(3)];
        if (user !== undefined) fifo.user = user;
        if (group !== undefined) fifo.group = group;
      },
    ),
    line(
      `${name}_script`,
      {
        argument: COMMAND_ARGUMENT,
        doc: "reader of the FIFO, its path is the last argument",
        command: true,
        required: 0,
      },
      (root, statement) => {
        const fifo = entry(root);
        if (statement.word(1) === undefined) {
          complain(statement, `No ${name}_script specified`);
          return;
        }
        if (fifo.script !== undefined) {
          complain(statement, `${name}_script already specified - ignoring ${statement.required(1)}`);
          return;
        }
        const command = readCommand(statement, root, `${prefix}notify_fifo`);
        if (command !== undefined) fifo.script = command;
      },
    ),
  ];
}

/** `startup_script` and `shutdown_script` with their timeouts. */
function timedScript(type: "startup" | "shutdown"): Keyword<ConfigDraft>[] {
  return [
    line(
      `${type}_script`,
      { argument: COMMAND_ARGUMENT, doc: `run at ${type}`, command: true, required: 0 },
      (root, statement) => {
        if (statement.word(1) === undefined) {
          complain(statement, `${type} script missing`);
          return;
        }
        const given = type === "startup" ? root.global.startupScript : root.global.shutdownScript;
        if (given !== undefined) {
          complain(statement, `${type} script already specified`, 0);
          return;
        }
        const command = readCommand(statement, root, type);
        if (command === undefined) complain(statement, `Invalid ${type} script`);
        else if (type === "startup") root.global.startupScript = command;
        else root.global.shutdownScript = command;
      },
    ),
    line(
      `${type}_script_timeout`,
      { argument: "SECS", doc: "its limit, 1..1000, default 10", required: 0 },
      (root, statement) => {
        if (statement.word(1) === undefined) {
          complain(statement, `${type}_script_timeout requires value`);
          return;
        }
        const value = readUnsigned(statement, 1, 1, 1_000);
        if (value === undefined) {
          complain(
            statement,
            `${type}_script_timeout '${statement.required(1)}' must be in [1, 1000] - ignoring`,
          );
        } else if (type === "startup") root.global.startupTimeout = seconds(value);
        else root.global.shutdownTimeout = seconds(value);
      },
    ),
  ];
}

/** All of them. */
export const globalNotifyKeywords: readonly Keyword<ConfigDraft>[] = [
  line(
    "script_user",
    { argument: "USER [GROUP]", doc: "default user of scripts", required: 0 },
    (root, statement) => {
      const user = statement.word(1);
      const group = statement.word(2);
      if (user === undefined) {
        complain(statement, "No script username specified");
        return;
      }
      if (root.world?.userExists?.(user, group) === false) {
        complain(statement, "Error setting global script uid/gid");
        root.global.defaultUser = "failed";
        return;
      }
      root.global.scriptUser = group === undefined ? { user } : { user, group };
      root.global.defaultUser ??= "set";
    },
  ),
  globalFlag("enable_script_security", "refuse scripts that others than root can change", (global) => {
    global.enableScriptSecurity = true;
  }),
  globalSwitch(
    "use_symlink_paths",
    "keep symbolic links in script paths",
    "Invalid value '%s' for global use_symlink_path specified",
    (global, value) => {
      global.useSymlinkPaths = value;
    },
  ),
  ...fifoKeywords("all", ""),
  ...fifoKeywords("vrrp", "vrrp_"),
  ...fifoKeywords("lvs", "lvs_"),
  globalSwitch(
    "vrrp_notify_priority_changes",
    "FIFO lines for changes of priority",
    "Invalid value '%s' for global vrrp_notify_priority_changes specified",
    (global, value) => {
      global.notifyPriorityChanges = value;
    },
  ),
  globalFlag(
    "fifo_write_vrrp_states_on_reload",
    "FIFO lines for unchanged states after a reload",
    (global) => {
      global.fifoStatesOnReload = true;
    },
  ),
  ...timedScript("startup"),
  ...timedScript("shutdown"),
  list(
    "notification_email",
    { doc: "recipients of mail, one a line" },
    (root, statement) => {
      for (const word of statement.words) root.global.mailTo.push(word.text);
    },
    {
      close: (root, { end }) => {
        if (root.global.mailTo.length === 0) complain(end, "Warning - empty notification_email block", 0);
      },
    },
  ),
  line(
    "notification_email_from",
    { argument: "ADDR", doc: "sender of mail", required: 0 },
    (root, statement) => {
      const address = statement.word(1);
      if (address === undefined) complain(statement, "emailfrom missing - ignoring");
      else {
        if (statement.word(2) !== undefined) {
          statement.note(CODE, `emailfrom - ignoring extra entries '${statement.required(2)}' ...`, 2);
        }
        root.global.mailFrom = address;
      }
    },
  ),
  line(
    "smtp_server",
    { argument: "HOST [PORT]", doc: "mail relay; without it there is no mail" },
    (root, statement) => {
      const host = statement.required(1);
      const portText = statement.word(2) ?? "25";
      const port = portText === "25" ? 25 : readUnsigned(statement, 2, 1, 65_535);
      const known = root.world?.hostResolves?.(host) !== false;
      if (known && port !== undefined) root.global.mailServer = { host, port };
      else complain(statement, `Invalid smtp server ${host} ${portText}`, known ? 2 : 1);
    },
  ),
  line(
    "smtp_connect_timeout",
    { argument: "SECS", doc: "limit for connecting to the mail relay" },
    (root, statement) => {
      const value = readUnsigned(statement, 1, 0, MAX_SECONDS);
      if (value === undefined) {
        complain(
          statement,
          `smtp_connect_timeout '${statement.required(1)}' must be in [0, ${MAX_SECONDS}] - ignoring`,
        );
        return;
      }
      if (value === 0) complain(statement, "smtp_conect_timeout must be greater than 0, setting to 1");
      root.global.mailTimeout = seconds(Math.max(1, value));
    },
  ),
  line(
    "smtp_helo_name",
    { argument: "NAME", doc: "name given to the mail relay", required: 0 },
    (root, statement) => {
      root.global.mailHelo = statement.word(1);
    },
  ),
  globalSwitch(
    "smtp_alert",
    "default of all smtp_alert",
    "Invalid value '%s' for global smtp_alert specified",
    (global, value) => {
      global.smtpAlert = value;
    },
  ),
  globalSwitch(
    "smtp_alert_vrrp",
    "default of smtp_alert of instances and groups",
    "Invalid value '%s' for global smtp_alert_vrrp specified",
    (global, value) => {
      global.smtpAlertVrrp = value;
    },
  ),
  globalFlag("no_email_faults", "no mail for FAULT", (global) => {
    global.mailNoFaults = true;
  }),
];
