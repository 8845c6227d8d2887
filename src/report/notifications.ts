/**
 * What the outside is told of a change: which notify scripts run, with which arguments; lines for the FIFOs; mail. In keepalived's
 * words and order.
 */

import type { NotifyScripts, ScriptCommand } from "../config/config.js";
import type { LoadedConfig, LoadedInstance, LoadedSyncGroup } from "../config/loaded-config.js";
import type { EngineEvent } from "../engine/events.js";

/** A script to run now. */
export interface NotifyCall {
  /** Calls with the same key run one after the other. */
  readonly key: string;
  readonly command: ScriptCommand;
  /** Appended to the command's own arguments. */
  readonly args: readonly string[];
}

/** A mail to all recipients of `notification_email`. */
export interface NotifyMail {
  readonly subject: string;
  readonly text: string;
}

/** Everything that one event leads to. */
export interface Notifications {
  /** In the order in which they start: the state's own script, then `notify`. */
  readonly scripts: readonly NotifyCall[];
  /** For `notify_fifo` and `vrrp_notify_fifo`, without the newline. */
  readonly lines: readonly string[];
  readonly mails: readonly NotifyMail[];
}

/** The states that notifications know; STOP and DELETED are the ends of an instance. */
export type NotifyState = "MASTER" | "BACKUP" | "FAULT" | "STOP" | "DELETED";

const NOTHING: Notifications = { scripts: [], lines: [], mails: [] };

/** Knows the configuration, and what was told already. */
export class Notifier {
  #config: LoadedConfig;
  /** That of before the last reload: instances that it has removed are told of afterwards. */
  #previous: LoadedConfig;
  /** By instance, for the FIFO's word on a change of priority. */
  readonly #states = new Map<string, NotifyState>();
  /** Members that have stopped, by group: its own STOP comes with the last of them. */
  readonly #stopped = new Map<string, Set<string>>();

  constructor(config: LoadedConfig) {
    this.#config = config;
    this.#previous = config;
  }

  /** A reload. */
  reconfigure(config: LoadedConfig): void {
    this.#previous = this.#config;
    this.#config = config;
  }

  /** What an event leads to. */
  of(event: EngineEvent): Notifications {
    switch (event.kind) {
      case "StateChanged":
        if (event.to === "INIT") return NOTHING;
        return this.#ofInstance(event.instance, event.to, event.priority);
      case "Stopped":
        if (event.cause.kind === "reload") return this.#ofDeleted(event.instance, event.from, event.priority);
        return event.from === "INIT" ? NOTHING : this.#ofStopped(event.instance, event.priority);
      case "LowerPriorityReceived": {
        const { instance: name, ours } = event;
        const command = this.#instance(name)?.notify.masterRxLowerPri;
        const scripts = command === undefined ? [] : [{ key: name, command, args: [] }];
        return { ...NOTHING, scripts, lines: [instanceLine(name, "MASTER_RX_LOWER_PRI", ours)] };
      }
      case "PriorityChanged": {
        const state = this.#states.get(event.instance);
        const wanted = this.#instance(event.instance)?.notifyPriorityChanges === true;
        if (!wanted || (state !== "MASTER" && state !== "BACKUP")) return NOTHING;
        return { ...NOTHING, lines: [instanceLine(event.instance, `${state}_PRIORITY`, event.to)] };
      }
      case "GroupStateChanged":
        return event.to === "INIT" ? NOTHING : this.#ofGroup(event.group, event.to);
      default:
        return NOTHING;
    }
  }

  #ofInstance(name: string, state: NotifyState, priority: number): Notifications {
    this.#states.set(name, state);
    const instance = this.#instance(name);
    if (instance === undefined) return NOTHING;
    const mail = mailState(state);
    const mails =
      mail !== undefined && instance.smtpAlert && this.#wantsMail(mail)
        ? [
            {
              subject: `VRRP Instance ${name} - Entering ${mail} state`,
              text:
                mail === "MASTER"
                  ? "=> VRRP Instance is now owning VRRP VIPs <="
                  : "=> VRRP Instance is no longer owning VRRP VIPs <=",
            },
          ]
        : [];
    return {
      scripts: calls(name, instance.notify, state, ["INSTANCE", name, state, String(priority)]),
      lines: [instanceLine(name, state, priority)],
      mails,
    };
  }

  /** Removed by a reload: DELETED with `notify_deleted`, else FAULT, as keepalived does. */
  #ofDeleted(name: string, from: string, priority: number): Notifications {
    const deleted = this.#instance(name)?.notify.deleted;
    // In FAULT already there is no change to tell.
    if (deleted === undefined && (from === "FAULT" || from === "INIT")) return NOTHING;
    const told = this.#ofInstance(name, deleted === undefined ? "FAULT" : "DELETED", priority);
    this.#states.delete(name);
    return { ...told, mails: [] };
  }

  #ofStopped(name: string, priority: number): Notifications {
    const own = this.#ofInstance(name, "STOP", priority);
    const group = this.#config.syncGroups.find(({ members }) => members.includes(name));
    if (group === undefined) return own;
    const stopped = this.#stopped.get(group.name) ?? new Set();
    this.#stopped.set(group.name, stopped.add(name));
    if (stopped.size < group.members.length) return own;
    const all = this.#ofGroup(group.name, "STOP");
    return { ...own, scripts: [...own.scripts, ...all.scripts], lines: [...own.lines, ...all.lines] };
  }

  #ofGroup(name: string, state: NotifyState): Notifications {
    const group = this.#group(name);
    if (group === undefined) return NOTHING;
    const mail = mailState(state);
    const mails =
      mail !== undefined && group.smtpAlert && this.#wantsMail(mail)
        ? [
            {
              subject: `VRRP Group ${name} - Entering ${mail} state`,
              text: `=> All VRRP group instances are now in ${mail} state <=`,
            },
          ]
        : [];
    return {
      scripts: calls(`group ${name}`, group.notify, state, ["GROUP", name, state, "0"]),
      lines: [groupLine(name, state)],
      mails,
    };
  }

  #instance(name: string): LoadedInstance | undefined {
    const named = (config: LoadedConfig) => config.instances.find((instance) => instance.name === name);
    return named(this.#config) ?? named(this.#previous);
  }

  #group(name: string): LoadedSyncGroup | undefined {
    return this.#config.syncGroups.find((group) => group.name === name);
  }

  #wantsMail(state: "MASTER" | "BACKUP" | "FAULT"): boolean {
    return state !== "FAULT" || !this.#config.global.mail.noFaults;
  }
}

/** A line for the FIFOs, without the newline. */
export function instanceLine(name: string, state: string, priority: number): string {
  return `INSTANCE "${name}" ${state} ${priority}`;
}

/** The same for a sync group. */
export function groupLine(name: string, state: string): string {
  return `GROUP "${name}" ${state} 0`;
}

/** keepalived mails nothing at the end of an instance. */
function mailState(state: NotifyState): "MASTER" | "BACKUP" | "FAULT" | undefined {
  return state === "STOP" || state === "DELETED" ? undefined : state;
}

function calls(
  key: string,
  scripts: NotifyScripts & { readonly deleted?: ScriptCommand | "no-script" },
  state: NotifyState,
  args: readonly string[],
): NotifyCall[] {
  const deleted = scripts.deleted === "no-script" ? undefined : scripts.deleted;
  const own = {
    MASTER: scripts.master,
    BACKUP: scripts.backup,
    FAULT: scripts.fault,
    STOP: scripts.stop,
    DELETED: deleted,
  }[state];
  const found: NotifyCall[] = [];
  if (own !== undefined) found.push({ key, command: own, args: [] });
  if (scripts.notify !== undefined) found.push({ key, command: scripts.notify, args });
  return found;
}
