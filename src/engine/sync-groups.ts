/**
 * Sync groups: members become MASTER only together, and fall together. keepalived's rules: everybody must want MASTER; one
 * BACKUP makes all BACKUP; one FAULT makes all FAULT.
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

  /** Adopts the groups of a configuration; known ones keep their state. */
  configure(groups: readonly SyncGroup[], members: readonly Member[]): void {
    const before = new Map(this.#groups.map((group) => [group.config.name, group.state]));
    this.#wanting.clear();
    this.#groups = groups.map((config) => ({
      config,
      members: members.filter((member) => member.group?.name === config.name),
      state: before.get(config.name) ?? "INIT",
    }));
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
    return this.#groups.map(({ config, state }) => ({ name: config.name, state, members: config.members }));
  }

  #settleGroup(group: Group, now: Micros): void {
    const name = group.config.name;
    const states = group.members.map((member) => member.router.snapshot().state);
    const wanted = states.every(
      (state) => state.name === "MASTER" || (state.name === "BACKUP" && state.wantsMaster),
    );
    if (this.#wanting.has(group) && wanted) {
      for (const member of group.members)
        this.#tell(member, { kind: "GroupMoved", to: "MASTER", group: name }, now);
    } else if (
      states.some((state) => state.name === "BACKUP") &&
      states.some((state) => state.name === "MASTER")
    ) {
      for (const member of group.members)
        this.#tell(member, { kind: "GroupMoved", to: "BACKUP", group: name }, now);
    }
    const to = stateOf(group);
    if (to === group.state || to === "INIT") return;
    group.state = to;
    this.#emit({ kind: "GroupStateChanged", group: name, to });
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

function stateOf(group: Group): RouterStateName {
  const names = group.members.map((member) => member.router.snapshot().state.name);
  if (names.includes("FAULT")) return "FAULT";
  if (names.includes("INIT")) return "INIT";
  return names.every((name) => name === "MASTER") ? "MASTER" : "BACKUP";
}
