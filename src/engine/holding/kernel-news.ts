/** What the kernel shows, answers and loses, and what that means for those who want it. */

import type { InterfaceAddress } from "../../base/interface-address.js";
import type { Route, Rule } from "../../base/routing.js";
import type { Micros } from "../../base/time.js";
import type { EngineEvent, HeldItem } from "../events.js";
import type { Member } from "../member.js";
import type { EngineInput } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";
import { type Holdings, type Loss, routingLossOf } from "./holdings.js";
import {
  type AnswerInput,
  asAddress,
  asRoute,
  asRule,
  interfacesOf,
  type Ledger,
  turnEvents,
} from "./ledger.js";
import type { Item, Owner, Shelf } from "./shelf.js";
import type { Statics } from "./statics.js";

/** Who is concerned. */
export interface KernelNewsParts {
  readonly interfaces: Interfaces;
  readonly ledger: Ledger;
  readonly holdings: Holdings;
  readonly statics: Statics;
  emit(event: EngineEvent): void;
  /** A member lost something that it held. */
  lost(member: Member, loss: Loss, now: Micros): void;
  /** Addresses of a member are there again: neighbours may have forgotten them. */
  back(member: Member, lines: readonly InterfaceAddress[], now: Micros): void;
}

/** Hands news on. */
export class KernelNews {
  readonly #parts: KernelNewsParts;

  constructor(parts: KernelNewsParts) {
    this.#parts = parts;
  }

  /**
   * The addresses or the link of an interface have changed, or it is gone. Returns true when instances must be judged anew:
   * others fight for an address.
   */
  interfaceShown(name: string, now: Micros): boolean {
    const { ledger } = this.#parts;
    const troubles = ledger.addresses.troubled.size;
    const { lost, back } = ledger.interfaceShown(name, now);
    ledger.retryOn(name, now);
    for (const item of lost) this.#addressLost(item, now);
    this.#addressesBack(back, now);
    ledger.settle(now);
    return lost.length > 0 && ledger.addresses.troubled.size > troubles;
  }

  /** What the kernel answered. Returns true when instances must be judged anew. */
  answered(input: AnswerInput, now: Micros): boolean {
    const { ledger, emit } = this.#parts;
    const events = ledger.answered(input, now);
    for (const event of events) emit(event);
    if (events.length > 0) ledger.settle(now);
    return events.length > 0;
  }

  /** Tracked routes and rules are there no more. */
  routingLost(input: Extract<EngineInput, { kind: "RoutingLost" }>, now: Micros): void {
    const { ledger, interfaces } = this.#parts;
    const concerned = new Map<Owner, { route?: Route; rule?: Rule }>();
    for (const route of input.routes) {
      const item = this.#take(ledger.routes, route);
      if (item === undefined) continue;
      // A route that went with its interface was not deleted: it comes back with it.
      if (interfacesOf(route).some((name) => interfaces.get(name)?.up !== true))
        ledger.routes.wentWithInterface(item, now);
      else this.#deleted(ledger.routes, item, asRoute, now, (owner) => concerned.set(owner, { route }));
    }
    for (const rule of input.rules) {
      const item = this.#take(ledger.rules, rule);
      if (item === undefined) continue;
      this.#deleted(ledger.rules, item, asRule, now, (owner) =>
        concerned.set(owner, { ...concerned.get(owner), rule }),
      );
    }
    for (const [owner, { route, rule }] of concerned) this.#tellRouting(owner, route, rule, now);
    ledger.settle(now);
  }

  #tellRouting(owner: Owner, route: Route | undefined, rule: Rule | undefined, now: Micros): void {
    const cause = routingLossOf(route, rule);
    if (!isMember(owner) || cause === undefined) return;
    this.#parts.emit({ kind: "ForeignRoutingChange", instance: owner.instance.name, cause });
    this.#parts.lost(owner, { kind: "RoutingLost", cause }, now);
  }

  /** Notes that an item is not there; undefined when nobody wants it. */
  #take<T extends object>(shelf: Shelf<T>, thing: T): Item<T> | undefined {
    const item = shelf.get(thing);
    if (item === undefined || item.held === undefined) return undefined;
    shelf.isAbsent(item);
    return item.claims.size === 0 ? undefined : item;
  }

  #deleted<T extends Route | Rule>(
    shelf: Shelf<T>,
    item: Item<T>,
    as: (thing: T) => HeldItem,
    now: Micros,
    tell: (owner: Owner) => void,
  ): void {
    const { statics, emit } = this.#parts;
    for (const turn of shelf.takenAway(item, now)) for (const event of turnEvents(turn, as, now)) emit(event);
    if (statics.restores(item)) {
      emit({ kind: "StaticRestored", item: as(item.claims.get(statics)?.thing ?? item.thing) });
      return;
    }
    for (const owner of item.claims.keys()) tell(owner);
  }

  #addressLost(item: Item<InterfaceAddress>, now: Micros): void {
    const { ledger, statics, holdings, emit, lost } = this.#parts;
    const members = [...item.claims.keys()].filter(isMember);
    const losses = members.map((member) => [member, holdings.lostAddress(member, item, now)] as const);
    const late = losses.filter(([, loss]) => loss?.kind === "WokeLate");
    for (const [member, loss] of late) if (loss !== undefined) lost(member, loss, now);
    if (late.length > 0) return;
    for (const turn of ledger.addresses.takenAway(item, now))
      for (const event of turnEvents(turn, asAddress, now)) emit(event);
    const { address, interface: name } = item.thing;
    const wished = item.claims.get(statics)?.thing;
    if (statics.restores(item)) emit({ kind: "StaticRestored", item: asAddress(wished ?? item.thing) });
    else if (wished !== undefined) ledger.addresses.wentWithInterface(item, now);
    for (const [member, loss] of losses) {
      const steps = loss !== undefined;
      const instance = member.instance.name;
      emit({ kind: "HoldingLost", instance, address, interface: name, steps });
      if (loss !== undefined) lost(member, loss, now);
    }
  }

  #addressesBack(back: readonly Item<InterfaceAddress>[], now: Micros): void {
    const byMember = new Map<Member, InterfaceAddress[]>();
    for (const { claims } of back) {
      for (const [owner, { thing }] of claims) {
        if (!isMember(owner)) continue;
        const lines = byMember.get(owner);
        if (lines === undefined) byMember.set(owner, [thing]);
        else lines.push(thing);
      }
    }
    for (const [member, lines] of byMember) this.#parts.back(member, lines, now);
  }
}

function isMember(owner: Owner): owner is Member {
  return "router" in owner;
}
