/**
 * What a test of the configuration says of the addresses of this host. The daemon itself asks the kernel while it runs: an address
 * may come and go.
 */

import type { InstanceDraft } from "./draft.js";
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
