/**
 * What the state of this host at the moment of reading means for an instance. The daemon itself asks the kernel while it runs:
 * interfaces and addresses come and go.
 */

import type { ConfigDraft, InstanceDraft } from "./draft.js";
import type { InstanceFindings } from "./resolve-instance-findings.js";
import type { World } from "./world.js";

/** Notes a source address that this host does not have, and unicast peers that are this host. */
export function noteOwnAddresses(
  draft: InstanceDraft,
  world: World | undefined,
  findings: InstanceFindings,
): void {
  const has = world?.hasAddress?.bind(world);
  if (has === undefined) return;
  const { sourceAddress, peers } = draft;
  const places = ["unicast_src_ip", "mcast_src_ip"];
  if (sourceAddress !== undefined && !has(sourceAddress)) {
    findings.note(
      `source address ${sourceAddress} is on no interface of this host that is up: FAULT for as long as it is not`,
      places,
    );
  }
  for (const address of peers.keys()) {
    if (has(address))
      findings.note(`${address} in unicast_peer is an address of this host: no advert is sent to it`, [
        "unicast_peer",
      ]);
  }
}

/** Notes a member of a sync group whose interface cannot serve now: at a reload it takes a group down that serves. */
export function noteGroupAtRisk(draft: InstanceDraft, root: ConfigDraft, findings: InstanceFindings): void {
  const { interface: own, syncGroup, dontTrackPrimary } = draft;
  const { world } = root;
  if (own === undefined || syncGroup === undefined || world === undefined) return;
  const exists = world.interfaceExists(own);
  const isDown = exists && !dontTrackPrimary && world.isRunning?.(own) === false;
  if (exists && !isDown) return;
  const trouble = exists ? "is down" : "does not exist";
  findings.note(`interface ${own} ${trouble}: FAULT, and with it all of sync group ${syncGroup}`, [
    "interface",
  ]);
}
