/** Two instances that would answer to the same VRID on the same network. */

import type { ConfigDraft } from "./draft.js";
import type { LoadedInstance } from "./loaded-config.js";
import { finding } from "./resolve-finding.js";

const CODE = "ERR_CONFIG_DUPLICATE_VRID";

/** Reports instances that share a VRID where packets could not be told apart; keepalived does not run then. */
export function findVridConflicts(root: ConfigDraft, instances: readonly LoadedInstance[]): void {
  /** The first instance of each multicast network, or of each unicast source and peer by interface. */
  const seen = new Map<string, Map<string | undefined, LoadedInstance>>();
  for (const instance of instances) {
    const { family, vrid, interface: device } = instance;
    const unicast = instance.unicastPeers.length > 0;
    const keys = unicast
      ? instance.unicastPeers.map(
          (peer) => `${family} ${vrid} from ${instance.sourceAddress} to ${peer.address}`,
        )
      : [`${family} ${vrid} to ${instance.multicastGroup}`];
    const rival = keys
      .map((key) => rivalOf(seen.get(key), device, unicast))
      .find((found) => found !== undefined);
    if (rival !== undefined) {
      const message = unicast
        ? `(${rival.name}) duplicate VRID conflict with ${instance.name} VRID ${vrid}`
        : `${rival.name} and ${instance.name} both use VRID ${vrid} with IPv${family} on interface ${device}`;
      const place = root.instances.get(instance.name)?.placeOf("virtual_router_id");
      finding(root, "refused", CODE, message, place, "give each its own virtual_router_id");
    }
    for (const key of keys) {
      const byInterface = seen.get(key) ?? new Map();
      seen.set(key, byInterface);
      if (!byInterface.has(device)) byInterface.set(device, instance);
    }
  }
}

/** Who is on the same interface; for unicast an instance without an interface is on all of them. */
function rivalOf(
  others: ReadonlyMap<string | undefined, LoadedInstance> | undefined,
  device: string | undefined,
  unicast: boolean,
): LoadedInstance | undefined {
  if (others === undefined) return undefined;
  const same = others.get(device);
  if (same !== undefined || !unicast) return same;
  return device === undefined ? others.values().next().value : others.get(undefined);
}
