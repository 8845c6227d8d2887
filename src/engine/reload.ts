/** What a reload makes of the members: who stays, who comes, who goes. */

import type { Micros } from "../base/time.js";
import type { Config, VrrpInstance } from "../config/config.js";
import { groupOf, type Member, newMember } from "./member.js";
import { portIdOf, routerKeyOf, sendPortIdOf } from "./ports.js";

/** The members before and after. */
export interface Succession {
  /** All of the new configuration, in its order. */
  readonly members: Member[];
  /** Those that stay, with their new settings, which they do not have yet. */
  readonly kept: readonly (readonly [Member, VrrpInstance])[];
  readonly fresh: readonly Member[];
  readonly gone: readonly Member[];
}

/** Finds the members of a new configuration among the old ones, by what they are on the wire and not by their names. */
export function succession(old: readonly Member[], config: Config, wallOffset: Micros): Succession {
  const candidates = new Map(old.map((member) => [routerKeyOf(member.instance), member]));
  const kept = new Map<Member, VrrpInstance>();
  const fresh: Member[] = [];
  const members = config.instances.map((instance) => {
    const known = candidates.get(routerKeyOf(instance));
    if (known !== undefined && !kept.has(known)) {
      kept.set(known, instance);
      return known;
    }
    const member = newMember(instance, groupOf(instance, config.syncGroups), wallOffset);
    fresh.push(member);
    return member;
  });
  return { members, kept: [...kept], fresh, gone: old.filter((member) => !kept.has(member)) };
}

/** Gives a member that stays its new settings and group; true when its router must know of it. */
export function adoptSettings(member: Member, instance: VrrpInstance, config: Config): boolean {
  const before = member.instance;
  member.group = groupOf(instance, config.syncGroups);
  const isSame = JSON.stringify(before) === JSON.stringify(instance);
  if (isSame && member.router.inGroup === (member.group !== undefined)) return false;
  member.instance = instance;
  member.portId = portIdOf(instance);
  member.sendPortId = sendPortIdOf(instance);
  return true;
}
