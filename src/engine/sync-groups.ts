/**
 * Sync groups: members become MASTER only together, and fall together. keepalived's rules: all members must want MASTER; one
 * BACKUP makes all BACKUP; one FAULT makes all FAULT.
 * A reload that puts an instance into a group takes no address away: an instance that is not MASTER joins a group that serves. It
 * takes part in its own elections until it is MASTER itself, and counts as a member from then on.
 */

import type { Micros } from "../base/time.js";
import type { SyncGroup } from "../config/config.js";
import type { Fault } from "../vrrp/cause.js";
import type { RouterStateName } from "../vrrp/events.js";
import type { RouterInput } from "../vrrp/inputs.js";
import type { EngineEvent } from "./events.js";
import { faultsSince, type Member } from "./member.js";
import type { GroupSnapshot } from "./snapshot.js";

interface Group {
  readonly config: SyncGroup;
  readonly members: readonly Member[];
  /** Members that were not MASTER when a reload put them together with one that was. */
  readonly joining: Set<Member>;
  /** The state last told to the outside. */
  state: RouterStateName;
}

/** Keeps the members of every group together. */
export class SyncGroups {
  readonly #tell: (member: Member, input: RouterInput, now: Micros) => void;
  readonly #emit: (event: EngineEvent) => void;
  #groups: Group[] = [];
  readonly #wanting = new Set<Group>();

  constructor(
    tell: (member: Member, input: RouterInput, now: Micros) => void,
    emit: (event: EngineEvent) => void,
  ) {
    this.#tell = tell;
    this.#emit = emit;
  }

  /** Adopts the groups of a configuration; known ones keep their state, and what serves goes on serving. */
  configure(groups: readonly SyncGroup[], members: readonly Member[]): void {
    const before = new Map(this.#groups.map((group) => [group.config.name, group.state]));
    this.#wanting.clear();
    this.#groups = groups.map((config) => {
      const own = members.filter((member) => member.group?.name === config.name);
      const serves = own.some(isMaster);
      return {
        config,
        members: own,
        joining: new Set(serves ? own.filter((member) => !isMaster(member)) : []),
        state: before.get(config.name) ?? "INIT",
      };
    });
  }

  /** A member's Master_Down timer ran out; {@link settle} decides. */
  wantMaster(member: Member): void {
    const group = this.#of(member);
    if (group !== undefined) this.#wanting.add(group);
  }

  /** The other members of a member's group. */
  othersWith(member: Member): readonly Member[] {
    return this.#of(member)?.members.filter((other) => other !== member) ?? [];
  }

  /** Tells a member, and everybody in its group, what speaks against serving. */
  tellFaults(member: Member, now: Micros): void {
    const group = this.#of(member);
    const members = group?.members ?? [member];
    for (const each of members) {
      const faults = group === undefined ? each.ownFaults : groupFaults(each, group);
      if (JSON.stringify(faults) === JSON.stringify(each.toldFaults)) continue;
      each.toldFaults = faults;
      each.faultsSince = faultsSince(each.faultsSince, faults, now);
      this.#tell(each, { kind: "FaultsChanged", faults }, now);
    }
  }

  /** Makes every group consistent after something moved. */
  settle(now: Micros): void {
    for (const group of this.#groups) this.#settleGroup(group, now);
    this.#wanting.clear();
  }

  /** Name and state of every group. */
  snapshot(): GroupSnapshot[] {
    return this.#groups.map(({ config, state, joining }) => ({
      name: config.name,
      state,
      members: config.members,
      joining: [...joining].map((member) => member.instance.name),
    }));
  }

  #settleGroup(group: Group, now: Micros): void {
    const members = group.members.filter((member) => !group.joining.has(member));
    const names = members.map((member) => member.router.stateName);
    if (this.#wanting.has(group) && members.every(mayServe)) this.#move(group, members, "MASTER", now);
    else if (names.includes("BACKUP") && names.includes("MASTER")) this.#move(group, members, "BACKUP", now);
    this.#join(group, now);
    const to = stateOf(group);
    if (to === group.state || to === "INIT") return;
    group.state = to;
    this.#emit({ kind: "GroupStateChanged", group: group.config.name, to });
  }

  /** Those that join follow their own elections for as long as the others serve. */
  #join(group: Group, now: Micros): void {
    const serves = group.members.some((member) => isMaster(member) && !group.joining.has(member));
    for (const member of [...group.joining]) {
      if (serves && mayServe(member)) this.#move(group, [member], "MASTER", now);
      if (!serves || isMaster(member)) group.joining.delete(member);
    }
  }

  #move(group: Group, members: readonly Member[], to: "MASTER" | "BACKUP", now: Micros): void {
    for (const member of members)
      this.#tell(member, { kind: "GroupMoved", to, group: group.config.name }, now);
  }

  #of(member: Member): Group | undefined {
    return this.#groups.find((group) => group.members.includes(member));
  }
}

/** A member's own faults, or, when it has none, the fact that another member has some. */
function groupFaults(member: Member, group: Group): readonly Fault[] {
  if (member.ownFaults.length > 0) return member.ownFaults;
  const others = group.members.filter((other) => other !== member).flatMap((other) => other.ownFaults);
  const pending = others.filter((fault) => fault.kind === "scriptPending");
  if (others.length > pending.length) return [{ kind: "syncGroup", group: group.config.name }];
  return pending;
}

function isMaster(member: Member): boolean {
  return member.router.stateName === "MASTER";
}

/** MASTER, or its Master_Down timer has run out. */
function mayServe(member: Member): boolean {
  const { state } = member.router.snapshot();
  return state.name === "MASTER" || (state.name === "BACKUP" && state.wantsMaster);
}

function stateOf({ members, joining }: Group): RouterStateName {
  if (members.some((member) => member.router.stateName === "FAULT")) return "FAULT";
  const names = members.filter((member) => !joining.has(member)).map((member) => member.router.stateName);
  if (names.includes("INIT")) return "INIT";
  return names.every((name) => name === "MASTER") ? "MASTER" : "BACKUP";
}
