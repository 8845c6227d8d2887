/** Judges instances by the state of the world, and tells their routers: source address, effective priority, faults. */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { Fault } from "../vrrp/cause.js";
import type { RouterInput } from "../vrrp/inputs.js";
import { fitnessOf } from "./fitness/own-hello.js";
import type { PeerFitness } from "./fitness/peer-fitness.js";
import type { Keeping } from "./holding/keeping.js";
import type { Member } from "./member.js";
import type { SyncGroups } from "./sync-groups.js";
import { assess, standing } from "./tracking/assessment.js";
import { SourceAddresses, type SourceVerdict } from "./tracking/source-addresses.js";
import type { Trackers } from "./tracking/trackers.js";

/** What a judgement depends on, and where it goes. */
export interface AssessorParts {
  readonly trackers: Trackers;
  readonly keeping: Keeping;
  readonly fitness: PeerFitness;
  readonly groups: SyncGroups;
  readonly tell: (member: Member, input: RouterInput, now: Micros) => void;
}

/** Judges one instance at a time. */
export class Assessor {
  readonly #parts: AssessorParts;
  readonly #sources: SourceAddresses;

  constructor(parts: AssessorParts) {
    this.#parts = parts;
    this.#sources = new SourceAddresses(parts.trackers.interfaces);
  }

  /** Adopts the instances of a configuration, and what of their addresses is the host's own now. */
  configure(members: readonly Member[]): void {
    this.#sources.configure(this.#parts.keeping.hostOwn.virtualAddresses(members));
  }

  /** Tells a member's router how things stand. What its group makes of it is for {@link SyncGroups.settle}. */
  assess(member: Member, now: Micros): void {
    const { trackers, keeping, fitness, groups, tell } = this.#parts;
    const { instance, group } = member;
    const verdict = this.#verdictOn(member);
    const source = verdict.address;
    this.#tellLocalPeers(member, now);
    if (source !== undefined && source !== member.source) this.#tellSource(member, source, now);
    keeping.vmacSources.update(member, (name) => this.#sources.primaryOf(name, 6), now);
    const { failing, unsteady } = standing(instance, group, trackers);
    const keep = fitness.keeps(member, failing, now);
    const judgement = { isMaster: member.router.stateName === "MASTER", keep };
    const { priority, faults } = assess(instance, group, verdict.fault, trackers, judgement);
    tell(member, { kind: "PriorityChanged", priority }, now);
    member.ownFaults = [
      ...faults,
      ...keeping.statics.faultsOf(instance.name),
      ...keeping.holdings.faultsOf(member, now),
      ...sendFaults(member),
    ];
    groups.tellFaults(member, now);
    fitness.update(member, fitnessOf(faults, failing, unsteady), now);
    // Only now, as the last adverts of a MASTER that loses its address still carry it.
    if (source === undefined && member.source !== undefined) this.#tellSource(member, undefined, now);
  }

  /** A VMAC must have the address itself, or nothing can be sent. */
  #verdictOn(member: Member): SourceVerdict {
    const { vmac } = member.instance;
    if (vmac === undefined || this.#parts.keeping.vmacSources.isReady(member))
      return this.#sources.of(member);
    return { fault: { kind: "noAddress", interface: vmac } };
  }

  #tellSource(member: Member, source: IpAddress | undefined, now: Micros): void {
    member.source = source;
    this.#parts.tell(member, { kind: "SourceAddressChanged", source }, now);
  }

  #tellLocalPeers(member: Member, now: Micros): void {
    const peers = this.#sources.localPeersOf(member);
    if (peers.join() === member.localPeers.join()) return;
    member.localPeers = peers;
    this.#parts.tell(member, { kind: "LocalPeersChanged", peers }, now);
  }
}

function sendFaults({ cannotSend }: Member): Fault[] {
  return cannotSend === undefined ? [] : [{ kind: "cannotSend", error: cannotSend }];
}
