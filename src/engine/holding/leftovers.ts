/**
 * Virtual addresses that are on this host although no MASTER here holds them: left over from an earlier run, or put there by
 * others. They make two holders of one address. What may be removed is removed when the instance starts, and once more when a
 * MASTER elsewhere is heard; the rest is told.
 */

import type { InterfaceAddress } from "../../base/interface-address.js";
import { PROTOCOL_KEEPALIVED } from "../../base/routing.js";
import type { Micros } from "../../base/time.js";
import { allAddresses, type Member } from "../member.js";
import type { Platform } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";
import type { HostOwn } from "./host-own.js";
import type { Ledger } from "./ledger.js";

/** A virtual address that is where it should not be. */
export interface Stray {
  readonly line: InterfaceAddress;
  /** The interface that has it: the line's own, or another one. */
  readonly interface: string;
  /** It is the only address of its family on its interface, and stays for that reason. */
  readonly only: boolean;
}

/** What the leftovers depend on. */
export interface LeftoverParts {
  readonly platform: Platform;
  readonly interfaces: Interfaces;
  readonly ledger: Ledger;
  readonly hostOwn: HostOwn;
}

/** Looks for them. */
export class Leftovers {
  readonly #parts: LeftoverParts;
  #members: readonly Member[] = [];
  #virtual: ReadonlySet<string> = new Set();
  /** Members that are not MASTER and whose address is there all the same. */
  readonly #suspects = new Map<Member, readonly InterfaceAddress[]>();
  /** Removed because a MASTER was heard; what is put there again afterwards stays, and is told. */
  readonly #swept = new Map<Member, Set<InterfaceAddress>>();

  constructor(parts: LeftoverParts) {
    this.#parts = parts;
  }

  /** Adopts the members of a configuration. */
  configure(members: readonly Member[]): void {
    this.#members = members;
    this.#virtual = this.#parts.hostOwn.virtualAddresses(members);
    this.#suspects.clear();
    this.#swept.clear();
    for (const member of members) this.#look(member);
  }

  /** Removes what members that are about to start would have in common with a MASTER elsewhere. */
  removeBeforeStart(members: readonly Member[], now: Micros): void {
    const { platform, ledger } = this.#parts;
    const isFree = (item: { readonly claims: ReadonlyMap<unknown, unknown> } | undefined) =>
      item === undefined || item.claims.size === 0;
    const marked = ({ protocol }: { readonly protocol: number }) => protocol === PROTOCOL_KEEPALIVED;
    const rules = members
      .flatMap(({ instance }) => instance.virtualRules)
      .filter((rule) => marked(rule) && isFree(ledger.rules.get(rule)));
    const routes = members
      .flatMap(({ instance }) => instance.virtualRoutes)
      .filter((route) => marked(route) && isFree(ledger.routes.get(route)));
    if (rules.length > 0) platform.removeRules(rules);
    if (routes.length > 0) platform.removeRoutes(routes);
    const lines = members.flatMap((member) => this.#removable(this.#look(member)));
    this.#remove(lines, now);
    for (const member of members) this.#look(member);
  }

  /** The addresses of an interface have changed. */
  interfaceShown(name: string): void {
    for (const member of this.#members) {
      if (allAddresses(member.instance).some((line) => line.interface === name)) this.#look(member);
    }
  }

  /** A member follows a MASTER elsewhere, which holds the addresses. Cheap while there is nothing to remove. */
  masterHeard(member: Member, now: Micros): void {
    if (this.#suspects.size === 0 || !this.#suspects.has(member)) return;
    if (member.router.stateName !== "BACKUP" || member.router.snapshot().master === undefined) return;
    const swept = this.#swept.get(member) ?? new Set();
    const lines = this.#removable(this.#look(member)).filter((line) => !swept.has(line));
    if (lines.length === 0) return;
    this.#swept.set(member, new Set([...swept, ...lines]));
    const { platform } = this.#parts;
    for (const { address, interface: name } of lines)
      platform.emit({ kind: "LeftoverRemoved", instance: member.instance.name, address, interface: name });
    this.#remove(lines, now);
    this.#look(member);
  }

  /** Everything of a member that is where it should not be, other interfaces included. */
  straysOf(member: Member): Stray[] {
    const { interfaces, ledger, hostOwn } = this.#parts;
    const state = member.router.stateName;
    if (state !== "BACKUP" && state !== "FAULT") return [];
    const own = this.#find(member).map((line) => ({
      line,
      interface: line.interface,
      only: !hostOwn.mayRemove(line, this.#virtual),
    }));
    const elsewhere = allAddresses(member.instance).flatMap((line) =>
      [...interfaces.all()]
        .filter(({ name }) => name !== line.interface && interfaces.holds(name, line.address))
        .filter(({ name }) => !isHeldOn(ledger, name, line))
        .map(({ name }) => ({ line, interface: name, only: false })),
    );
    return [...own, ...elsewhere];
  }

  /** Notes and returns what of a member is there though nobody here wants it. */
  #look(member: Member): readonly InterfaceAddress[] {
    const found = member.router.stateName === "MASTER" ? [] : this.#find(member);
    if (found.length > 0) this.#suspects.set(member, found);
    else this.#suspects.delete(member);
    return found;
  }

  #find({ instance }: Member): InterfaceAddress[] {
    const { interfaces, ledger } = this.#parts;
    return allAddresses(instance).filter((line) => {
      if (!interfaces.holdsExactly(line)) return false;
      const item = ledger.addresses.get(line);
      if (item === undefined) return true;
      const { claims, held, hosts, removedAt } = item;
      return claims.size === 0 && held === undefined && !hosts && removedAt === undefined;
    });
  }

  #removable(lines: readonly InterfaceAddress[]): InterfaceAddress[] {
    return lines.filter((line) => this.#parts.hostOwn.mayRemove(line, this.#virtual));
  }

  #remove(lines: readonly InterfaceAddress[], now: Micros): void {
    if (lines.length === 0) return;
    this.#parts.platform.removeAddresses(lines, "gone");
    for (const line of lines) this.#parts.ledger.addresses.sweep(line, now);
    this.#parts.hostOwn.claimOurs(lines);
  }
}

function isHeldOn(ledger: Ledger, name: string, { address }: InterfaceAddress): boolean {
  for (const { held } of ledger.addresses.on(name)) if (held?.address === address) return true;
  return false;
}
