/** Judges instances by the state of the world, and tells their routers: source address, effective priority, faults. */

import type { Family, IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { RouterInput } from "../vrrp/inputs.js";
import type { Candidacy } from "./fitness/peer-fitness.js";
import type { Statics } from "./holding/statics.js";
import type { VmacSources } from "./holding/vmac-sources.js";
import { allAddresses, type Member } from "./member.js";
import type { SyncGroups } from "./sync-groups.js";
import { assess, standing } from "./tracking/assessment.js";
import type { Trackers } from "./tracking/trackers.js";

/** What a judgement depends on, and where it goes. */
export interface AssessorParts {
  readonly trackers: Trackers;
  readonly statics: Statics;
  readonly candidacy: Candidacy;
  readonly groups: SyncGroups;
  readonly vmacSources: VmacSources;
  readonly tell: (member: Member, input: RouterInput, now: Micros) => void;
}

/** Judges one instance at a time. */
export class Assessor {
  readonly #parts: AssessorParts;
  /** All virtual addresses of all instances, as address/length: none of them is a source for adverts. */
  #virtual: ReadonlySet<string> = new Set();

  constructor(parts: AssessorParts) {
    this.#parts = parts;
  }

  /** Adopts the instances of a configuration. */
  configure(members: readonly Member[]): void {
    const lines = members.flatMap((member) => allAddresses(member.instance));
    this.#virtual = new Set(lines.map((line) => `${line.address}/${line.prefixLength}`));
  }

  /** Tells a member's router how things stand. What its group makes of it is for {@link SyncGroups.settle}. */
  assess(member: Member, now: Micros): void {
    const { trackers, statics, candidacy, groups, vmacSources, tell } = this.#parts;
    const { instance, group } = member;
    const source = this.#sourceOf(member);
    if (source !== undefined && source !== member.source) this.#tellSource(member, source, now);
    vmacSources.update(member, (name) => this.#primaryAddress(name, 6));
    const { failing, unsteady } = standing(instance, group, trackers);
    const keep = candidacy.keeps(member, failing, now);
    const judgement = { isMaster: member.router.stateName === "MASTER", keep };
    const { priority, faults } = assess(instance, group, source !== undefined, trackers, judgement);
    tell(member, { kind: "PriorityChanged", priority }, now);
    member.ownFaults = [...faults, ...statics.faultsOf(instance.name)];
    groups.tellFaults(member, now);
    candidacy.update(member, faults.length === 0 && !failing && !unsteady);
    // Only now, as the last adverts of a MASTER that loses its address still carry it.
    if (source === undefined && member.source !== undefined) this.#tellSource(member, undefined, now);
  }

  #tellSource(member: Member, source: IpAddress | undefined, now: Micros): void {
    member.source = source;
    this.#parts.tell(member, { kind: "SourceAddressChanged", source }, now);
  }

  #sourceOf({ instance }: Member): IpAddress | undefined {
    if (instance.sourceAddress !== undefined) return instance.sourceAddress;
    if (instance.interface === undefined) return undefined;
    return this.#primaryAddress(instance.interface, instance.family);
  }

  #primaryAddress(interfaceName: string, family: Family): IpAddress | undefined {
    return this.#parts.trackers.interfaces.primaryAddress(interfaceName, family, this.#virtual);
  }
}
