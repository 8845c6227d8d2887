/** Two instances that would answer to the same VRID on the same network. */

import type { ConfigDraft } from "./draft.js";
import type { LoadedInstance } from "./loaded-config.js";
import { finding } from "./resolve-finding.js";

const CODE = "ERR_CONFIG_DUPLICATE_VRID";

/** Reports instances that share a VRID where packets could not be told apart; keepalived does not run then. */
export function findVridConflicts(root: ConfigDraft, instances: readonly LoadedInstance[]): void {
  const seen = new Map<string, LoadedInstance[]>();
  for (const instance of instances) {
    const unicast = instance.unicastPeers.length > 0;
    const place = unicast ? "unicast" : `${instance.interface} ${instance.multicastGroup}`;
    const key = `${instance.family} ${instance.vrid} ${place}`;
    const rivals = seen.get(key) ?? [];
    seen.set(key, [...rivals, instance]);
    for (const rival of rivals) {
      if (!unicast) {
        const message = `${rival.name} and ${instance.name} both use VRID ${instance.vrid} with IPv${instance.family} on interface ${instance.interface}`;
        report(root, instance, message);
      } else if (shareUnicast(rival, instance)) {
        report(
          root,
          instance,
          `(${rival.name}) duplicate VRID conflict with ${instance.name} VRID ${instance.vrid}`,
        );
      }
    }
  }
}

/** The same local address as far as it is known, and a peer in common. */
function shareUnicast(a: LoadedInstance, b: LoadedInstance): boolean {
  if (a.interface !== undefined && b.interface !== undefined && a.interface !== b.interface) return false;
  if (a.sourceAddress !== b.sourceAddress) return false;
  return a.unicastPeers.some((peer) => b.unicastPeers.some((other) => other.address === peer.address));
}

function report(root: ConfigDraft, instance: LoadedInstance, message: string): void {
  const draft = root.instances.find((candidate) => candidate.name === instance.name);
  finding(
    root,
    "refused",
    CODE,
    message,
    draft?.placeOf("virtual_router_id"),
    "give each its own virtual_router_id",
  );
}
