/** keepalived's check of all commands once a configuration is read: they exist, can be run, and only root can change them. */

import type { ScriptCommand } from "./config.js";
import type { ConfigDraft, ScriptDraft } from "./draft.js";
import { finding } from "./resolve-finding.js";
import type { World } from "./world.js";

const CODE = "ERR_CONFIG_SCRIPT_DISABLED";

/**
 * The vrrp_scripts that can be run. Others are reported and no longer tracked. Without knowledge of the machine all of
 * them are taken to be fine.
 */
export function checkScripts(root: ConfigDraft): readonly ScriptDraft[] {
  const { world } = root;
  const check = world?.checkScript?.bind(world);
  if (check === undefined || root.instances.items.length === 0) return root.scripts.items;
  const options = { security: root.global.enableScriptSecurity, symlinks: root.global.useSymlinkPaths };
  let found = false;
  const usable = root.scripts.items.filter((script) => {
    const command = { argv: script.argv ?? [], ...(script.user ?? root.global.scriptUser) };
    // "</path" tests that a file can be read; nothing is run.
    if (command.argv[0]?.startsWith("<") === true) return true;
    const verdict = check(command, options);
    if (verdict !== "not-found") found = true;
    if (verdict === "ok") return true;
    if (verdict !== "not-executable") {
      const reason = verdict === "insecure" ? "due to insecure" : "since not found/accessible";
      finding(
        root,
        "complaint",
        CODE,
        `Disabling track script ${script.name} ${reason}`,
        script.placeOf("script"),
      );
    }
    return false;
  });
  dropTrackers(root, new Set(usable.map((script) => script.name)));
  if (checkNotifyScripts(root, check, options)) found = true;
  if (found && !options.security) {
    const message = "SECURITY VIOLATION - scripts are being executed but script_security not enabled.";
    finding(
      root,
      "security",
      "ERR_CONFIG_SCRIPT_SECURITY",
      message,
      undefined,
      "write enable_script_security in global_defs",
    );
  }
  return usable;
}

function dropTrackers(root: ConfigDraft, usable: ReadonlySet<string>): void {
  for (const { trackers } of [...root.instances, ...root.syncGroups]) {
    trackers.scripts.retain((tracker) => usable.has(tracker.name));
  }
}

/** Checks notify scripts, dropping those that cannot be run; true when one was found at all. */
function checkNotifyScripts(
  root: ConfigDraft,
  check: NonNullable<World["checkScript"]>,
  options: { security: boolean; symlinks: boolean },
): boolean {
  let found = false;
  const usable = (command: ScriptCommand): boolean => {
    const verdict = check({ ...root.global.scriptUser, ...command }, options);
    if (verdict !== "not-found") found = true;
    if (verdict === "ok") return true;
    const reason = verdict === "insecure" ? "due to insecure" : "since not found/accessible";
    finding(root, "note", CODE, `Disabling notify script ${command.argv[0]} ${reason}`, undefined);
    return false;
  };
  for (const { notify } of [...root.instances, ...root.syncGroups]) {
    for (const [event, command] of [...notify]) if (!usable(command)) notify.delete(event);
  }
  for (const instance of root.instances) {
    const { deleted } = instance;
    if (deleted !== undefined && deleted !== "no-script" && !usable(deleted)) instance.deleted = "no-script";
  }
  for (const fifo of root.global.fifos.values()) {
    if (fifo.script !== undefined && !usable(fifo.script)) delete fifo.script;
  }
  return found;
}
