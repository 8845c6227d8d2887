/** Checks that attach themselves to instances (`track_in`), for files that track none and must stay as they are. */

import type { CheckDraft } from "./check-draft.js";
import type { ConfigDraft, TrackerDrafts } from "./draft.js";
import { finding } from "./resolve-finding.js";
import { nearest } from "./suggest.js";

/** What can track. */
interface Target {
  readonly trackers: TrackerDrafts;
}

/**
 * Adds each check to what its `track_in` names, as if a `track_check` line stood there. What tracks the check already keeps its own
 * weight. Call it when sync groups have their members.
 */
export function attachChecks(root: ConfigDraft): void {
  for (const check of root.checks) {
    for (const target of targetsOf(check, root)) {
      if (target.trackers.checks.has(check.name)) continue;
      const { name, weight, reverse } = check;
      const place = check.placeOf("track_in") ?? check.place;
      if (place === undefined) continue;
      target.trackers.checks.add({ name, weight, reverse, place });
      check.used = true;
    }
  }
}

function targetsOf(check: CheckDraft, root: ConfigDraft): Target[] {
  if (check.trackIn.length === 0) return [];
  // The members of a group stand and fall together, and only the group's weights count for them.
  const everything = () => [
    ...root.syncGroups.items.filter(({ members }) => (members ?? []).length > 0),
    ...root.instances.items.filter(({ syncGroup }) => syncGroup === undefined),
  ];
  return check.trackIn.flatMap((name) => {
    const found = root.instances.get(name) ?? root.syncGroups.get(name);
    if (found !== undefined) return [found];
    if (name === "all") return everything();
    const known = [...root.instances.names(), ...root.syncGroups.names()];
    const suggestion = nearest(name, known);
    finding(
      root,
      "complaint",
      "ERR_CONFIG_VRRP_CHECK",
      `(${check.name}): vrrp_check track_in ${name}: no vrrp_instance or vrrp_sync_group of that name`,
      check.placeOf("track_in"),
      suggestion === undefined ? undefined : `did you mean '${suggestion}'?`,
    );
    return [];
  });
}
