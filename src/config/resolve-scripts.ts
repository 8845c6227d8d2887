/** keepalived's check of all commands once a configuration is read: they exist, can be run, and only root can change them. */

import type { ScriptCommand } from "./config.js";
import type { ConfigDraft, ScriptDraft } from "./draft.js";
import { finding } from "./resolve-finding.js";
import type { World } from "./world.js";

const CODE = "ERR_CONFIG_SCRIPT_DISABLED";
const UNSAFE_CODE = "ERR_CONFIG_SCRIPT_UNSAFE";
const SECURITY_CODE = "ERR_CONFIG_SCRIPT_SECURITY";
const SECURITY_HINT = "write enable_script_security in global_defs";

/**
 * The vrrp_scripts that can be run. Others are reported and no longer tracked. Without knowledge of the machine all of
 * them are taken to be fine.
 */
export function checkScripts(root: ConfigDraft): readonly ScriptDraft[] {
  const { world } = root;
  const check = world?.checkScript?.bind(world);
  if (check === undefined) return root.scripts.items;
  const options = { security: root.global.enableScriptSecurity };
  if (root.instances.items.length === 0) return root.scripts.items;
  let found = false;
  const usable = root.scripts.items.filter((script) => {
    const command = { argv: script.argv ?? [], ...(script.user ?? root.global.scriptUser) };
    // "</path" tests that a file can be read; nothing is run.
    if (command.argv[0]?.startsWith("<") === true) return true;
    const verdict = check(command, options);
    if (verdict.kind !== "not-found") found = true;
    const place = script.placeOf("script");
    if (verdict.kind === "ok") {
      script.argv = foundAt(verdict.path, command.argv);
      if (verdict.advice !== undefined) {
        const message = `script of ${script.name} can be changed by others than root`;
        finding(root, "note", UNSAFE_CODE, message, place, verdict.advice);
      }
      return true;
    }
    if (verdict.kind === "not-executable") {
      const message = `script of ${script.name} is not executable for its user - disabling`;
      finding(root, "note", CODE, message, place, `chmod +x ${command.argv[0]}`);
    } else {
      const reason = verdict.kind === "insecure" ? "due to insecure" : "since not found/accessible";
      const message = `Disabling track script ${script.name} ${reason}`;
      finding(root, "complaint", CODE, message, place, verdict.advice);
    }
    return false;
  });
  dropTrackers(root, new Set(usable.map((script) => script.name)));
  if (checkNotifyScripts(root, check, options)) found = true;
  if (found && !options.security) {
    const message = "SECURITY VIOLATION - scripts are being executed but script_security not enabled.";
    finding(root, "security", SECURITY_CODE, message, undefined, SECURITY_HINT);
  }
  return usable;
}

/** The same for the scripts of virtual servers and their checks, which another process of keepalived's looks at. */
export function checkScriptsOfCheckers(root: ConfigDraft): void {
  const { world } = root;
  const check = world?.checkScript?.bind(world);
  const options = { security: root.global.enableScriptSecurity };
  if (check === undefined || options.security) return;
  if (!root.checkScripts.some((command) => check(command, options).kind !== "not-found")) return;
  const message = "SECURITY VIOLATION - check scripts are being executed but script_security not enabled.";
  finding(root, "security", SECURITY_CODE, message, undefined, SECURITY_HINT);
}

function dropTrackers(root: ConfigDraft, usable: ReadonlySet<string>): void {
  const inVain = (name: string) => `track_script ${name}: nothing is checked, as its command cannot be run`;
  for (const instance of root.instances) {
    for (const { name } of instance.trackers.scripts)
      if (!usable.has(name)) instance.notLookedAt.push(inVain(name));
  }
  for (const { trackers, members = [] } of root.syncGroups) {
    for (const { name } of trackers.scripts) {
      if (usable.has(name)) continue;
      for (const member of members) root.instances.get(member.name)?.notLookedAt.push(inVain(name));
    }
  }
  for (const { trackers } of [...root.instances, ...root.syncGroups]) {
    trackers.scripts.retain((tracker) => usable.has(tracker.name));
  }
}

/** Checks notify scripts, dropping those that cannot be run; true when one was found at all. */
function checkNotifyScripts(
  root: ConfigDraft,
  check: NonNullable<World["checkScript"]>,
  options: { security: boolean },
): boolean {
  let found = false;
  const usable = (command: ScriptCommand): ScriptCommand | undefined => {
    const verdict = check({ ...root.global.scriptUser, ...command }, options);
    if (verdict.kind !== "not-found") found = true;
    if (verdict.kind === "ok") return { ...command, argv: foundAt(verdict.path, command.argv) };
    const reason = verdict.kind === "insecure" ? "due to insecure" : "since not found/accessible";
    const message = `Disabling notify script ${command.argv[0]} ${reason}`;
    finding(root, "note", CODE, message, undefined, verdict.advice);
    return undefined;
  };
  for (const { notify } of [...root.instances, ...root.syncGroups]) {
    for (const [event, command] of [...notify]) {
      const file = usable(command);
      if (file === undefined) notify.delete(event);
      else notify.set(event, file);
    }
  }
  for (const instance of root.instances) {
    const { deleted } = instance;
    if (deleted !== undefined && deleted !== "no-script") instance.deleted = usable(deleted) ?? "no-script";
  }
  for (const fifo of root.global.fifos.values()) {
    if (fifo.script === undefined) continue;
    const file = usable(fifo.script);
    if (file === undefined) delete fifo.script;
    else fifo.script = file;
  }
  return found;
}

/** A command with the file that its first word has been found to be. */
function foundAt(path: string | undefined, [name = "", ...words]: readonly string[]): readonly string[] {
  return [path ?? name, ...words];
}
