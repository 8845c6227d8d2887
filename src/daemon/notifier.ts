/** Notify scripts: which ones a state change runs, with which arguments. */

import type { Config, NotifyScripts, ScriptCommand } from "../config/config.js";
import type { EngineEvent } from "../engine/events.js";

/** A script to run now. */
export interface NotifyCall {
  /** Calls with the same key run one after the other. */
  readonly key: string;
  readonly command: ScriptCommand;
  /** Appended to the command's own arguments. */
  readonly args: readonly string[];
}

type State = "MASTER" | "BACKUP" | "FAULT" | "STOP";

/** The calls for an event, in order: the state's own script first, then `notify`. */
export function notifyCalls(event: EngineEvent, config: Config): NotifyCall[] {
  switch (event.kind) {
    case "StateChanged":
      return event.to === "INIT" ? [] : forInstance(event.instance, event.to, event.priority, config);
    case "Stopped":
      return event.from === "INIT" ? [] : forInstance(event.instance, "STOP", event.priority, config);
    case "LowerPriorityReceived": {
      const command = scriptsOf(event.instance, config)?.masterRxLowerPri;
      return command === undefined ? [] : [{ key: event.instance, command, args: [] }];
    }
    case "GroupStateChanged": {
      const group = config.syncGroups.find((candidate) => candidate.name === event.group);
      if (group === undefined || event.to === "INIT") return [];
      return calls(`group ${group.name}`, group.notify, event.to, ["GROUP", group.name, event.to, "0"]);
    }
    default:
      return [];
  }
}

function forInstance(name: string, state: State, priority: number, config: Config): NotifyCall[] {
  const scripts = scriptsOf(name, config);
  if (scripts === undefined) return [];
  return calls(name, scripts, state, ["INSTANCE", name, state, String(priority)]);
}

function scriptsOf(name: string, config: Config): NotifyScripts | undefined {
  return config.instances.find((instance) => instance.name === name)?.notify;
}

function calls(key: string, scripts: NotifyScripts, state: State, args: readonly string[]): NotifyCall[] {
  const own = { MASTER: scripts.master, BACKUP: scripts.backup, FAULT: scripts.fault, STOP: scripts.stop }[
    state
  ];
  const found: NotifyCall[] = [];
  if (own !== undefined) found.push({ key, command: own, args: [] });
  if (scripts.notify !== undefined) found.push({ key, command: scripts.notify, args });
  return found;
}
