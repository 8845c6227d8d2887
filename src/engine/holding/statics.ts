/**
 * `static_ipaddress`, `static_routes` and `static_rules`: added at the start, added again when somebody deletes them, removed
 * at the end. While one that belongs to a `track_group` cannot be there, the group's instances are in FAULT.
 */

import type { InterfaceAddress } from "../../base/interface-address.js";
import type { Route, Rule } from "../../base/routing.js";
import type { Config, TrackGroup } from "../../config/config.js";
import type { Fault } from "../../vrrp/cause.js";
import { heldKey } from "../member.js";
import type { Failure, Platform } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";
import { differences } from "./differences.js";

/** What the configuration says about them. */
type StaticConfig = Pick<Config, "trackGroups" | "staticAddresses" | "staticRoutes" | "staticRules">;

const NONE: StaticConfig = { trackGroups: [], staticAddresses: [], staticRoutes: [], staticRules: [] };

/** All static items. */
export class Statics {
  readonly #platform: Platform;
  readonly #interfaces: Interfaces;
  #config: StaticConfig = NONE;
  /** Addresses that the kernel has shown to us: only such a one can be deleted. */
  readonly #confirmed = new Set<string>();
  /** Routes and rules that the kernel does not have, as their JSON text. */
  readonly #missing = new Set<string>();

  constructor(platform: Platform, interfaces: Interfaces) {
    this.#platform = platform;
    this.#interfaces = interfaces;
  }

  /** Goes over to the items of a configuration: what is in both stays as it is. */
  configure(config: StaticConfig): void {
    const addresses = differences(this.#config.staticAddresses, config.staticAddresses);
    const routes = differences(this.#config.staticRoutes, config.staticRoutes);
    const rules = differences(this.#config.staticRules, config.staticRules);
    this.#config = config;
    for (const line of addresses.gone) this.#confirmed.delete(heldKey(line));
    for (const item of [...routes.gone, ...rules.gone]) this.#missing.delete(JSON.stringify(item));
    if (rules.gone.length > 0) this.#platform.removeRules(rules.gone);
    if (routes.gone.length > 0) this.#platform.removeRoutes(routes.gone);
    if (addresses.gone.length > 0) this.#platform.removeAddresses(addresses.gone);
    this.#addAddresses(addresses.added);
    if (routes.added.length > 0) this.#platform.addRoutes(routes.added, "shared");
    if (rules.added.length > 0) this.#platform.addRules(rules.added, "shared");
  }

  /** Removes everything. */
  stop(): void {
    this.configure(NONE);
  }

  /** Adds again what went with the interface, or what somebody deleted from it. `cameUp`: it was down or missing before. */
  interfaceChanged(name: string, cameUp: boolean): void {
    for (const line of this.#config.staticAddresses) {
      if (line.interface !== name) continue;
      const key = heldKey(line);
      if (this.#interfaces.holds(name, line.address)) this.#confirmed.add(key);
      else if ((this.#confirmed.delete(key) && !line.noTrack) || cameUp) {
        this.#platform.emit({ kind: "StaticRestored", item: { kind: "address", address: line } });
        this.#addAddresses([line]);
      }
    }
    if (!cameUp || this.#missing.size === 0) return;
    const { staticRoutes } = this.#config;
    this.#restoreRoutes(
      staticRoutes.filter((route) => usesInterface(route, name) && this.#missing.has(JSON.stringify(route))),
    );
  }

  /** Tracked routes and rules that are there no more. */
  lost(routes: readonly Route[], rules: readonly Rule[]): void {
    const gone = (items: readonly unknown[]) => new Set(items.map((item) => JSON.stringify(item)));
    const lostRoutes = gone(routes);
    const lostRules = gone(rules);
    const ours = this.#config.staticRoutes.filter((route) => lostRoutes.has(JSON.stringify(route)));
    for (const route of ours) this.#missing.add(JSON.stringify(route));
    this.#restoreRoutes(ours.filter((route) => this.#canBeThere(route)));
    const restored = this.#config.staticRules.filter((rule) => lostRules.has(JSON.stringify(rule)));
    for (const rule of restored) {
      this.#platform.emit({ kind: "StaticRestored", item: { kind: "rule", rule } });
    }
    if (restored.length > 0) this.#platform.addRules(restored, "shared");
  }

  /** What the kernel refused. */
  failed(failures: readonly Failure<Route | Rule>[]): void {
    const ours = new Set(
      [...this.#config.staticRoutes, ...this.#config.staticRules].map((item) => JSON.stringify(item)),
    );
    for (const { item } of failures) {
      const text = JSON.stringify(item);
      if (ours.has(text)) this.#missing.add(text);
    }
  }

  /** Why the track groups keep an instance from serving. */
  faultsOf(instance: string): Fault[] {
    const groups = this.#config.trackGroups.filter(({ members }) => members.includes(instance));
    if (groups.length === 0) return [];
    const faults = new Map<string, Fault>();
    for (const item of this.#trackedItems(groups)) {
      const { interface: name } = item;
      if (name !== undefined && !this.#interfaces.isUp(name))
        faults.set(name, { kind: "trackedInterfaceDown", interface: name });
      else if (item.missing) faults.set(item.text, { kind: "staticItemMissing", item: item.text });
    }
    return [...faults.values()];
  }

  #trackedItems(groups: readonly TrackGroup[]) {
    const { staticAddresses, staticRoutes, staticRules } = this.#config;
    const isTracked = ({ trackGroup }: { readonly trackGroup?: string }) =>
      groups.some(({ name }) => name === trackGroup);
    const isMissing = (item: Route | Rule) => this.#missing.has(JSON.stringify(item));
    return [
      ...staticAddresses.filter(isTracked).map((line) => ({
        interface: line.interface,
        missing: false,
        text: `address ${line.address}/${line.prefixLength}`,
      })),
      ...staticRoutes.filter(isTracked).map((route) => ({
        interface: route.interface,
        missing: isMissing(route),
        text: `route ${route.destination.address}/${route.destination.length}`,
      })),
      ...staticRules.filter(isTracked).map((rule) => ({
        interface: rule.inputInterface,
        missing: isMissing(rule),
        text: `rule ${rule.preference}`,
      })),
    ];
  }

  #addAddresses(lines: readonly InterfaceAddress[]): void {
    const possible = lines.filter((line) => this.#interfaces.get(line.interface) !== undefined);
    if (possible.length > 0) this.#platform.addAddresses(possible, "shared");
  }

  #restoreRoutes(routes: readonly Route[]): void {
    for (const route of routes) {
      this.#missing.delete(JSON.stringify(route));
      this.#platform.emit({ kind: "StaticRestored", item: { kind: "route", route } });
    }
    if (routes.length > 0) this.#platform.addRoutes(routes, "shared");
  }

  #canBeThere(route: Route): boolean {
    return interfacesOf(route).every((name) => this.#interfaces.get(name)?.up === true);
  }
}

function interfacesOf(route: Route): string[] {
  return [route, ...route.nextHops].flatMap(({ interface: name }) => (name === undefined ? [] : [name]));
}

/** A route without an interface may go through any. */
function usesInterface(route: Route, name: string): boolean {
  const names = interfacesOf(route);
  return names.length === 0 || names.includes(name);
}
