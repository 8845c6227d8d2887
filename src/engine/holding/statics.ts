/**
 * `static_ipaddress`, `static_routes` and `static_rules`: wanted from the start to the end, whoever deletes them. While one
 * that belongs to a `track_group` is not there, the group's instances are in FAULT.
 */

import type { Micros } from "../../base/time.js";
import type { Config, TrackGroup } from "../../config/config.js";
import type { Fault } from "../../vrrp/cause.js";
import type { Interfaces } from "../tracking/interfaces.js";
import { type Ledger, type MissingItem, NOTHING } from "./ledger.js";
import type { Item, Terms } from "./shelf.js";

/** What the configuration says about them. */
type StaticConfig = Pick<Config, "trackGroups" | "staticAddresses" | "staticRoutes" | "staticRules">;

const NONE: StaticConfig = { trackGroups: [], staticAddresses: [], staticRoutes: [], staticRules: [] };

/** They are the host's own: they stay when the daemon crashes. */
const TERMS: Terms = { sharing: "shared", lifetime: undefined };

/** All static items: an owner in the ledger. */
export class Statics {
  readonly #ledger: Ledger;
  readonly #interfaces: Interfaces;
  #config: StaticConfig = NONE;

  constructor(ledger: Ledger, interfaces: Interfaces) {
    this.#ledger = ledger;
    this.#interfaces = interfaces;
  }

  /** Goes over to the items of a configuration: what is in both stays as it is. */
  configure(config: StaticConfig, now: Micros): void {
    this.#config = config;
    const { staticAddresses: addresses, staticRoutes: routes, staticRules: rules } = config;
    this.#ledger.want(this, { addresses, routes, rules }, TERMS, now);
  }

  /** Gives everything up. */
  stop(now: Micros): void {
    this.#config = NONE;
    this.#ledger.want(this, NOTHING, TERMS, now);
  }

  /** True when an item is wanted here and is to be restored when others delete it, which `no_track` forbids. */
  restores<T extends { readonly noTrack: boolean }>(item: Item<T>): boolean {
    return item.claims.get(this)?.thing.noTrack === false;
  }

  /** What is not there, and why. */
  missing(): readonly MissingItem[] {
    return this.#ledger.missingOf(this);
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
    const { addresses, routes, rules } = this.#ledger;
    const isTracked = ({ trackGroup }: { readonly trackGroup?: string }) =>
      groups.some(({ name }) => name === trackGroup);
    const isMissing = (item: Item<object> | undefined) => item !== undefined && item.trouble !== undefined;
    return [
      ...staticAddresses.filter(isTracked).map((line) => ({
        interface: line.interface,
        missing: isMissing(addresses.get(line)),
        text: `address ${line.address}/${line.prefixLength}`,
      })),
      ...staticRoutes.filter(isTracked).map((route) => ({
        interface: route.interface,
        missing: isMissing(routes.get(route)),
        text: `route ${route.destination.address}/${route.destination.length}`,
      })),
      ...staticRules.filter(isTracked).map((rule) => ({
        interface: rule.inputInterface,
        missing: isMissing(rules.get(rule)),
        text: `rule ${rule.preference}`,
      })),
    ];
  }
}
