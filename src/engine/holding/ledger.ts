/**
 * What is wanted of the kernel and what is present in it: the addresses, routes and rules of all owners. At every change of
 * either side the difference is computed and carried out: removals of all owners first, then additions. Nothing is removed
 * that another owner wants, and nothing is remembered as done: what the kernel shows decides.
 */

import type { InterfaceAddress } from "../../base/interface-address.js";
import { addressIdentity, addressShape, routeIdentity, ruleIdentity } from "../../base/item-identity.js";
import type { Route, Rule } from "../../base/routing.js";
import { earlier, type Micros } from "../../base/time.js";
import type { EngineEvent, HeldItem } from "../events.js";
import type { EngineInput, Platform } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";
import { firstClaim, type Item, type Kind, type Owner, Shelf, type Terms, type Turn } from "./shelf.js";
import type { Trouble } from "./trouble.js";

/** What an owner wants. */
export interface Wish {
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
}

/** Nothing. */
export const NOTHING: Wish = { addresses: [], routes: [], rules: [] };

/** Results of requests. */
export type AnswerInput = Extract<
  EngineInput,
  { kind: "AddressesAnswered" | "RoutesAnswered" | "RulesAnswered" }
>;

/** An item that is not as its owners want it. */
export interface MissingItem {
  readonly item: HeldItem;
  readonly trouble: Trouble;
}

/** What an interface's addresses say about what is wanted there. */
export interface ShownNews {
  /** Wanted addresses that others have removed; what went with the interface is not among them. */
  readonly lost: readonly Item<InterfaceAddress>[];
  /** Wanted addresses that are there again after a loss or a refusal. */
  readonly back: readonly Item<InterfaceAddress>[];
}

/** The ledger. */
export class Ledger {
  readonly addresses: Shelf<InterfaceAddress>;
  readonly routes: Shelf<Route>;
  readonly rules: Shelf<Rule>;
  readonly #platform: Platform;
  readonly #interfaces: Interfaces;
  #together = 0;

  constructor(platform: Platform, interfaces: Interfaces) {
    this.#platform = platform;
    this.#interfaces = interfaces;
    this.addresses = new Shelf(addressKind(interfaces));
    this.routes = new Shelf(routeKind(interfaces));
    this.rules = new Shelf(RULES);
  }

  /** Makes this all that an owner wants; returns the addresses that it did not want before. */
  want(owner: Owner, wish: Wish, terms: Terms, now: Micros): readonly InterfaceAddress[] {
    const added = this.addresses.want(owner, wish.addresses, terms);
    this.routes.want(owner, wish.routes, terms);
    this.rules.want(owner, wish.rules, terms);
    this.settle(now);
    return added;
  }

  /** Changes of several owners at a time: the difference is computed once, after `body`. */
  together(now: Micros, body: () => void): void {
    this.#together++;
    try {
      body();
    } finally {
      this.#together--;
    }
    this.settle(now);
  }

  /** Carries the difference out. */
  settle(now: Micros): void {
    if (this.#together > 0) return;
    const rules = this.rules.plan(now);
    const routes = this.routes.plan(now);
    const addresses = this.addresses.plan(now);
    const platform = this.#platform;
    const gone = {
      rules: all(rules.removals, rules.reshaped),
      routes: all(routes.removals, routes.reshaped),
    };
    if (gone.rules.length > 0) platform.removeRules(gone.rules);
    if (gone.routes.length > 0) platform.removeRoutes(gone.routes);
    if (addresses.removals.length > 0) platform.removeAddresses(addresses.removals, "gone");
    if (addresses.reshaped.length > 0) platform.removeAddresses(addresses.reshaped, "back");
    for (const { terms, things } of addresses.handed) platform.handAddresses(things, terms.sharing);
    for (const { terms, things } of routes.handed) platform.handRoutes(things, terms.sharing);
    for (const { terms, things } of rules.handed) platform.handRules(things, terms.sharing);
    for (const { terms, things } of addresses.additions)
      platform.addAddresses(things, terms.sharing, terms.lifetime);
    for (const { terms, things } of [...routes.additions, ...placeFor(this.routes, gone.routes, now)])
      platform.addRoutes(things, terms.sharing);
    for (const { terms, things } of [...rules.additions, ...placeFor(this.rules, gone.rules, now)])
      platform.addRules(things, terms.sharing);
  }

  /** Takes in what the kernel answered; returns what that means for those who look at the log. */
  answered(input: AnswerInput, now: Micros): EngineEvent[] {
    const shelves = { add: "added", remove: "removed" } as const;
    const method = shelves[input.operation];
    switch (input.kind) {
      case "AddressesAnswered":
        return this.addresses[method](input.answers, now).flatMap((turn) => turnEvents(turn, asAddress, now));
      case "RoutesAnswered":
        return this.routes[method](input.answers, now).flatMap((turn) => turnEvents(turn, asRoute, now));
      case "RulesAnswered":
        return this.rules[method](input.answers, now).flatMap((turn) => turnEvents(turn, asRule, now));
    }
  }

  /** The kernel shows the addresses of an interface as they are now, or the interface is gone. */
  interfaceShown(name: string, now: Micros): ShownNews {
    const up = this.#interfaces.get(name)?.up === true;
    const lost: Item<InterfaceAddress>[] = [];
    const back: Item<InterfaceAddress>[] = [];
    for (const item of this.addresses.on(name)) {
      const gone = this.addresses.show(item, this.#interfaces.shows(item.thing), now);
      if (item.shown && item.again) {
        item.again = false;
        back.push(item);
      }
      if (!gone || item.claims.size === 0) continue;
      if (up) lost.push(item);
      else this.addresses.wentWithInterface(item, now);
    }
    return { lost, back };
  }

  /** Another interface has taken the name: what the old one had is gone. */
  interfaceReplaced(name: string): void {
    for (const item of this.addresses.on(name)) {
      if (item.held !== undefined && !this.#interfaces.shows(item.held)) this.addresses.isAbsent(item);
    }
  }

  /** Tries again what may be possible now that an interface has changed. */
  retryOn(name: string, now: Micros): void {
    this.addresses.retry(
      ({ claims }) => hasAny(claims.values(), ({ thing }) => thing.interface === name),
      now,
    );
    this.routes.retry(
      ({ claims }) => hasAny(claims.values(), ({ thing }) => usesInterface(thing, name)),
      now,
    );
    this.rules.retry(() => true, now);
  }

  /** The kernel has listed all addresses after everything that it was asked for. */
  listed(): void {
    for (const item of this.addresses.all()) {
      if (item.held !== undefined && !item.hosts && !this.#interfaces.shows(item.held))
        this.addresses.isAbsent(item);
    }
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    return earlier(
      this.addresses.nextDeadline(),
      earlier(this.routes.nextDeadline(), this.rules.nextDeadline()),
    );
  }

  /** Tries again what is due. Returns true when instances must be judged anew. */
  handleTimeout(now: Micros): boolean {
    const over = [this.addresses, this.routes, this.rules].map((shelf) => shelf.handleTimeout(now));
    this.settle(now);
    return over.includes(true);
  }

  /** What of an owner's wishes is not there, and why. */
  missingOf(owner: Owner): MissingItem[] {
    const of = <T extends object>(shelf: Shelf<T>, as: (thing: T) => HeldItem) =>
      [...shelf.troubled].flatMap(({ claims, trouble }) => {
        const claim = claims.get(owner);
        return claim === undefined || trouble === undefined ? [] : [{ item: as(claim.thing), trouble }];
      });
    return [...of(this.addresses, asAddress), ...of(this.routes, asRoute), ...of(this.rules, asRule)];
  }
}

/** What had to wait for the place of another route or rule, which has just been removed. */
function placeFor<T extends object>(shelf: Shelf<T>, removed: readonly T[], now: Micros) {
  if (removed.length === 0) return [];
  shelf.retry(({ trouble }) => trouble?.error === TAKEN, now);
  return shelf.plan(now).additions;
}

/** Said of a route or a rule when another one is in its place. */
export const TAKEN = "EEXIST";

/** An address as an item to speak of. */
export function asAddress(address: InterfaceAddress): HeldItem {
  return { kind: "address", address };
}

/** A route as an item to speak of. */
export function asRoute(route: Route): HeldItem {
  return { kind: "route", route };
}

/** A rule as an item to speak of. */
export function asRule(rule: Rule): HeldItem {
  return { kind: "rule", rule };
}

/** The lines of the log that tell of a trouble's beginning and end; a wait for an interface has neither. */
export function turnEvents<T>(
  { item, ended }: Turn<T>,
  as: (thing: T) => HeldItem,
  now: Micros,
): EngineEvent[] {
  const held = as(firstClaim(item)?.thing ?? item.thing);
  if (ended !== undefined) {
    if (ended.kind === "waits") return [];
    return [{ kind: "HoldingSettled", item: held, after: (now - ended.since) as Micros, error: ended.error }];
  }
  const { trouble } = item;
  if (trouble === undefined) return [];
  if (trouble.kind === "takenAway")
    return [{ kind: "HoldingContested", item: held, losses: item.losses?.count ?? 0 }];
  return [{ kind: "HoldingFailed", item: held, stays: trouble.kind === "stays", error: trouble.error }];
}

function all<T>(one: readonly T[], other: readonly T[]): readonly T[] {
  return other.length === 0 ? one : [...one, ...other];
}

function hasAny<T>(items: Iterable<T>, test: (item: T) => boolean): boolean {
  for (const item of items) if (test(item)) return true;
  return false;
}

function nowhere(): string {
  return "";
}

function addressKind(interfaces: Interfaces): Kind<InterfaceAddress> {
  return {
    place: (line) => line.interface,
    identity: addressIdentity,
    shape: addressShape,
    isPossible: (line, again) => {
      const state = interfaces.get(line.interface);
      return state !== undefined && (!again || state.up);
    },
  };
}

function routeKind(interfaces: Interfaces): Kind<Route> {
  return {
    place: nowhere,
    identity: routeIdentity,
    shape: () => "",
    isPossible: (route, again) =>
      !again || interfacesOf(route).every((name) => interfaces.get(name)?.up === true),
  };
}

const RULES: Kind<Rule> = { place: nowhere, identity: ruleIdentity, shape: () => "", isPossible: () => true };

/** The interfaces that a route names. */
export function interfacesOf(route: Route): string[] {
  return [route, ...route.nextHops].flatMap(({ interface: name }) => (name === undefined ? [] : [name]));
}

/** A route without an interface may go through any. */
function usesInterface(route: Route, name: string): boolean {
  const names = interfacesOf(route);
  return names.length === 0 || names.includes(name);
}
