/** Notify scripts and mail of instances and sync groups. */

import type { ScriptCommand } from "../config.js";
import type { ConfigDraft, InstanceDraft, NotifyEvent, SyncGroupDraft } from "../draft.js";
import { type Keyword, line } from "../keyword-table.js";
import { readSwitch } from "../numbers.js";
import type { Statement } from "../statement.js";
import { COMMAND_ARGUMENT, readCommand } from "./commands.js";

/** What an instance and a sync group have in common. */
interface Notifying {
  readonly name: string;
  readonly root: ConfigDraft;
  readonly notify: Map<NotifyEvent, ScriptCommand>;
  smtpAlert: boolean | undefined;
  notifyPriorityChanges: boolean | undefined;
}

const CODE = "ERR_CONFIG_NOTIFY";

const EVENTS: readonly (readonly [string, NotifyEvent, string])[] = [
  ["notify_master", "master", "run on becoming MASTER"],
  ["notify_backup", "backup", "run on becoming BACKUP"],
  ["notify_fault", "fault", "run on a FAULT"],
  ["notify_stop", "stop", "run when the daemon stops"],
  ["notify", "notify", "run for every state, with kind, name, state and priority as arguments"],
];

function notifyKeyword<Target extends Notifying>(
  [name, event, doc]: readonly [string, NotifyEvent, string],
  owner: (target: Target) => string,
): Keyword<Target> {
  return line(name, { argument: COMMAND_ARGUMENT, doc, command: true }, (target, statement) => {
    if (target.notify.has(event)) {
      statement.complain(
        CODE,
        `${owner(target)} ${name} script already specified - ignoring ${statement.required(1)}`,
        1,
        "the first one counts",
      );
      return;
    }
    const command = readCommand(statement, target.root, "notify");
    if (command !== undefined) target.notify.set(event, command);
  });
}

/** A switch of an instance or group with its complaint. */
function alertKeyword<Target extends Notifying>(
  name: string,
  doc: string,
  ends: { apply: (target: Target, value: boolean) => void; bad: (target: Target, value: string) => string },
): Keyword<Target> {
  return line(name, { argument: "[BOOL]", doc }, (target, statement: Statement) => {
    const value = readSwitch(statement);
    if (value !== undefined) ends.apply(target, value);
    else
      statement.complain(
        CODE,
        ends.bad(target, statement.required(1)),
        1,
        "on, off, true, false, yes, no or nothing",
      );
  });
}

/** Those of a vrrp_instance. */
export const instanceNotify: readonly Keyword<InstanceDraft>[] = [
  ...[
    ...EVENTS,
    ["notify_master_rx_lower_pri", "masterRxLowerPri", "run when a MASTER hears a lower priority"] as const,
  ].map((event) => notifyKeyword<InstanceDraft>(event, (instance) => `(${instance.name})`)),
  line(
    "notify_deleted",
    {
      argument: `[${COMMAND_ARGUMENT}]`,
      doc: "DELETED instead of FAULT when a reload removes the instance",
      command: true,
    },
    (instance, statement) => {
      if (instance.deleted !== undefined) {
        statement.complain(
          CODE,
          `(${instance.name}) notify_deleted already specified - ignoring ${statement.word(1) ?? ""}`,
          1,
        );
      } else if (statement.word(1) === undefined) instance.deleted = "no-script";
      else instance.deleted = readCommand(statement, instance.root, "notify");
    },
  ),
  alertKeyword<InstanceDraft>("smtp_alert", "mail on transitions", {
    apply: (instance, value) => {
      instance.smtpAlert = value;
    },
    bad: (_instance, value) => `Invalid vrrp_instance smtp_alert parameter ${value}`,
  }),
  alertKeyword<InstanceDraft>("notify_priority_changes", "FIFO lines for changes of priority", {
    apply: (instance, value) => {
      instance.notifyPriorityChanges = value;
    },
    bad: (instance, value) =>
      `(${instance.name}) Invalid value '${value}' for notify_priority_changes specified`,
  }),
];

/** Those of a vrrp_sync_group. */
export const groupNotify: readonly Keyword<SyncGroupDraft>[] = [
  ...EVENTS.map((event) => notifyKeyword<SyncGroupDraft>(event, (group) => `vrrp group ${group.name}:`)),
  alertKeyword<SyncGroupDraft>("smtp_alert", "mail on transitions", {
    apply: (group, value) => {
      group.smtpAlert = value;
    },
    bad: (_group, value) => `Invalid vrrp_group smtp_alert parameter ${value}`,
  }),
  alertKeyword<SyncGroupDraft>("notify_priority_changes", "FIFO lines for changes of priority", {
    apply: (group, value) => {
      group.notifyPriorityChanges = value;
    },
    bad: (group, value) =>
      `(${group.name}) Invalid value '${value}' for sync group notify_priority_changes specified`,
  }),
];
