/** What MASTERs hold in the kernel: added when they take over, removed when they let go, watched in between. */

import type { InterfaceAddress } from "../../base/interface-address.js";
import type { Route, Rule } from "../../base/routing.js";
import type { Micros } from "../../base/time.js";
import type { RouterInput } from "../../vrrp/inputs.js";
import type { HoldingsPart, RoutingLoss } from "../events.js";
import { allAddresses, heldKey, type Member } from "../member.js";
import type { Platform } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";
import { differences } from "./differences.js";
import { lifetimeOf, overdue } from "./lifetimes.js";

/** That addresses have gone: deleted by somebody else, or, as we woke late and nobody renewed them, by the kernel. */
export type AddressLoss = Extract<RouterInput, { kind: "AddressLost" | "WokeLate" }>;

/** Adds and removes the addresses, routes and rules of members. */
export class Holdings {
  readonly #platform: Platform;
  readonly #interfaces: Interfaces;

  constructor(platform: Platform, interfaces: Interfaces) {
    this.#platform = platform;
    this.#interfaces = interfaces;
  }

  /** Removes what an earlier run left behind: it would make two holders. */
  removeLeftovers(members: readonly Member[]): void {
    const rules = members.flatMap(({ instance }) => instance.virtualRules);
    const routes = members.flatMap(({ instance }) => instance.virtualRoutes);
    for (const member of members) {
      const { instance } = member;
      this.#tell(member, "removing", "Virtual Rules", instance.virtualRules);
      this.#tell(member, "removing", "Virtual Routes", instance.virtualRoutes);
      this.#tell(member, "removing", "VIPs", instance.virtualAddresses);
      this.#tell(member, "removing", "E-VIPs", instance.excludedAddresses);
    }
    if (rules.length > 0) this.#platform.removeRules(rules);
    if (routes.length > 0) this.#platform.removeRoutes(routes);
    const leftovers = members
      .flatMap((member) => allAddresses(member.instance))
      .filter((line) => this.#interfaces.holdsExactly(line));
    if (leftovers.length > 0) this.#platform.removeAddresses(leftovers);
  }

  /** Adds everything that a new MASTER holds. */
  take(member: Member): void {
    const { instance } = member;
    member.held = allAddresses(instance);
    member.heldRoutes = instance.virtualRoutes;
    member.heldRules = instance.virtualRules;
    member.missingRoutes = [];
    member.confirmed.clear();
    for (const line of member.held) {
      if (this.#interfaces.holds(line.interface, line.address)) member.confirmed.add(heldKey(line));
    }
    this.#tell(member, "setting", "VIPs", instance.virtualAddresses);
    this.#tell(member, "setting", "E-VIPs", instance.excludedAddresses);
    if (member.held.length > 0) this.#platform.addAddresses(member.held, "exclusive", lifetimeOf(member));
    this.#tell(member, "setting", "Virtual Routes", member.heldRoutes);
    if (member.heldRoutes.length > 0) this.#platform.addRoutes(member.heldRoutes, "exclusive");
    this.#tell(member, "setting", "Virtual Rules", member.heldRules);
    if (member.heldRules.length > 0) this.#platform.addRules(member.heldRules, "exclusive");
  }

  /** Removes everything that a MASTER held. */
  release(member: Member): void {
    const { held, heldRoutes, heldRules, instance } = member;
    member.held = [];
    member.heldRoutes = [];
    member.heldRules = [];
    member.missingRoutes = [];
    member.confirmed.clear();
    this.#tell(member, "removing", "Virtual Rules", heldRules);
    if (heldRules.length > 0) this.#platform.removeRules(heldRules);
    this.#tell(member, "removing", "Virtual Routes", heldRoutes);
    if (heldRoutes.length > 0) this.#platform.removeRoutes(heldRoutes);
    this.#tell(member, "removing", "VIPs", instance.virtualAddresses);
    this.#tell(member, "removing", "E-VIPs", instance.excludedAddresses);
    if (held.length > 0) this.#platform.removeAddresses(held);
  }

  /** Goes over to a MASTER's new configuration; returns the addresses that were not held before. */
  change(member: Member): readonly InterfaceAddress[] {
    const { instance } = member;
    const addresses = differences(member.held, allAddresses(instance));
    const routes = differences(member.heldRoutes, instance.virtualRoutes);
    const rules = differences(member.heldRules, instance.virtualRules);
    member.held = addresses.all;
    member.heldRoutes = routes.all;
    member.heldRules = rules.all;
    member.missingRoutes = member.missingRoutes.filter((route) => !routes.gone.includes(route));
    for (const line of addresses.gone) member.confirmed.delete(heldKey(line));
    this.#tell(member, "setting", "VIPs", instance.virtualAddresses);
    this.#tell(member, "setting", "E-VIPs", instance.excludedAddresses);
    this.#tell(member, "setting", "Virtual Routes", routes.all);
    this.#tell(member, "setting", "Virtual Rules", rules.all);
    if (rules.gone.length > 0) this.#platform.removeRules(rules.gone);
    if (routes.gone.length > 0) this.#platform.removeRoutes(routes.gone);
    if (addresses.gone.length > 0) this.#platform.removeAddresses(addresses.gone);
    if (addresses.added.length > 0)
      this.#platform.addAddresses(addresses.added, "exclusive", lifetimeOf(member));
    if (routes.added.length > 0) this.#platform.addRoutes(routes.added, "exclusive");
    if (rules.added.length > 0) this.#platform.addRules(rules.added, "exclusive");
    return addresses.added;
  }

  /** Gives the addresses of a member that are there a new lifetime in the kernel. */
  renew(member: Member): void {
    const present = member.held.filter((line) => this.#interfaces.holds(line.interface, line.address));
    if (present.length > 0) this.#platform.renewAddresses(present, lifetimeOf(member));
  }

  /** What to tell a member about its addresses on this interface: one was there and is there no more. */
  lost(member: Member, interfaceName: string, now: Micros): AddressLoss | undefined {
    for (const line of member.held) {
      if (line.interface !== interfaceName) continue;
      const key = heldKey(line);
      if (this.#interfaces.holds(interfaceName, line.address)) {
        member.confirmed.add(key);
        continue;
      }
      if (!member.confirmed.delete(key)) continue;
      const late = overdue(member, now);
      if (late !== undefined) return { kind: "WokeLate", by: late };
      if (line.noTrack) continue;
      const { address } = line;
      this.#platform.emit({ kind: "ForeignAddressChange", interface: interfaceName, address, added: false });
      return { kind: "AddressLost", address };
    }
    return undefined;
  }

  /**
   * What of a member somebody else deleted, among routes and rules that are there no more. A route that went with its interface
   * is no such thing: it comes back with it.
   */
  lostRouting(member: Member, routes: readonly Route[], rules: readonly Rule[]): RoutingLoss | undefined {
    const lost = heldAmong(member.heldRoutes, routes);
    const gone = lost.filter((route) => !this.#hasInterfaces(route));
    member.missingRoutes = [...member.missingRoutes, ...gone];
    const route = lost.find((one) => !gone.includes(one));
    if (route !== undefined) {
      const { address, length } = route.destination;
      return { kind: "routeLost", route: `${address}/${length}` };
    }
    const rule = heldAmong(member.heldRules, rules)[0];
    return rule && { kind: "ruleLost", preference: rule.preference };
  }

  /** Routes that the kernel refused wait for their interface. */
  refused(member: Member, items: readonly (Route | Rule)[]): void {
    const texts = new Set(items.map((item) => JSON.stringify(item)));
    const refused = member.heldRoutes.filter((route) => texts.has(JSON.stringify(route)));
    member.missingRoutes = [
      ...member.missingRoutes.filter((route) => !refused.includes(route)),
      ...refused.filter((route) => !this.#hasInterfaces(route)),
    ];
  }

  /** Adds the routes that went with an interface, when it is back. */
  interfaceChanged(member: Member): void {
    if (member.missingRoutes.length === 0) return;
    const back = member.missingRoutes.filter((route) => this.#hasInterfaces(route));
    if (back.length === 0) return;
    member.missingRoutes = member.missingRoutes.filter((route) => !back.includes(route));
    this.#platform.addRoutes(back, "exclusive");
  }

  /** True when every interface that the route names is up. */
  #hasInterfaces(route: Route): boolean {
    return [route, ...route.nextHops].every(
      ({ interface: name }) => name === undefined || this.#interfaces.get(name)?.up === true,
    );
  }

  #tell(
    member: Member,
    action: "setting" | "removing",
    which: HoldingsPart,
    items: readonly unknown[],
  ): void {
    if (items.length === 0) return;
    this.#platform.emit({ kind: "HoldingsChanging", instance: member.instance.name, action, which });
  }
}

/** Those of `held` that are among `items`, which may be copies. */
function heldAmong<T>(held: readonly T[], items: readonly T[]): T[] {
  if (held.length === 0) return [];
  const texts = new Set(items.map((item) => JSON.stringify(item)));
  return held.filter((item) => texts.has(JSON.stringify(item)));
}
