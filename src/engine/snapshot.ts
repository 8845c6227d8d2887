/** What an outsider may see of the engine at one moment: plain data, for dumps, status and explanations. */

import type { HostProblem } from "../base/host-problem.js";
import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { Config, VrrpInstance } from "../config/config.js";
import type { RouterStateName } from "../vrrp/events.js";
import type { RouterSnapshot } from "../vrrp/router-snapshot.js";
import type { FitnessSnapshot, PeerFitness } from "./fitness/peer-fitness.js";
import type { Keeping } from "./holding/keeping.js";
import type { MissingItem } from "./holding/ledger.js";
import type { Stray } from "./holding/leftovers.js";
import type { FaultSince, Member } from "./member.js";
import type { InterfaceState } from "./platform.js";
import type { SendTrouble } from "./send-results.js";
import type { Interfaces } from "./tracking/interfaces.js";
import type { TrackersSnapshot } from "./tracking/trackers.js";

/** One virtual router with what the engine knows about it. */
export interface RouterReport extends RouterSnapshot {
  readonly instance: VrrpInstance;
  /** Name of its sync group. */
  readonly group: string | undefined;
  /** All that speaks against serving, with its beginning. */
  readonly faults: readonly FaultSince[];
  /** Addresses that the kernel has shown on their interface while this router wants them there. */
  readonly present: readonly IpAddress[];
  /** Those of its unicast peers that are addresses of this host: no advert is sent to them. */
  readonly localPeers: readonly IpAddress[];
  /** What it wants and does not have, and why. */
  readonly missing: readonly MissingItem[];
  /** Its addresses that are on this host although it is not MASTER. */
  readonly strays: readonly Stray[];
  /** The peers that could take over; undefined when it tracks no check under damping. */
  readonly fitness: FitnessSnapshot | undefined;
}

/** What is worth telling of one virtual router. */
export function reportOf(
  member: Member,
  interfaces: Interfaces,
  fitness: PeerFitness,
  { ledger, leftovers }: Keeping,
): RouterReport {
  const { router, instance, group, faultsSince, held } = member;
  const present = held.filter((line) => interfaces.shows(line));
  return {
    ...router.snapshot(),
    instance,
    group: group?.name,
    faults: faultsSince,
    present: present.map((line) => line.address),
    localPeers: member.localPeers,
    missing: ledger.missingOf(member),
    strays: leftovers.straysOf(member),
    fitness: fitness.snapshot(member),
  };
}

/** A sync group. */
export interface GroupSnapshot {
  readonly name: string;
  readonly state: RouterStateName;
  readonly members: readonly string[];
  /** Members that a reload put into the group while it served, and that are not MASTER yet. */
  readonly joining: readonly string[];
}

/** Everything worth showing. */
export interface EngineSnapshot extends TrackersSnapshot {
  readonly config: Config;
  readonly routers: readonly RouterReport[];
  /** What of the host's network is not as the configuration needs it; known to the main thread only, which adds it. */
  readonly hostProblems?: readonly HostProblem[];
  /** Static items that are not there, and why. */
  readonly missingStatics: readonly MissingItem[];
  readonly groups: readonly GroupSnapshot[];
  readonly interfaces: readonly InterfaceState[];
  /** End of `vrrp_startup_delay` while it runs: adverts before it are thrown away. */
  readonly deafUntil: Micros | undefined;
  /** Rows of failures to send that go on. */
  readonly sendTroubles: readonly SendTrouble[];
  /** Packets for VRIDs that no instance on the port has. */
  readonly unknownVrids: number;
  /** Packets that could not be read as far as their VRID. */
  readonly unreadable: number;
}
