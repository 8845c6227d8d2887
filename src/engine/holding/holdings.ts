/** What MASTERs hold in the kernel: wanted from the moment they take over until they let go, watched in between. */

import type { InterfaceAddress } from "../../base/interface-address.js";
import type { Route, Rule } from "../../base/routing.js";
import type { Micros } from "../../base/time.js";
import type { Fault } from "../../vrrp/cause.js";
import type { RouterInput } from "../../vrrp/inputs.js";
import type { HoldingsPart, RoutingLoss } from "../events.js";
import { allAddresses, type Member } from "../member.js";
import type { Platform } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";
import { type Ledger, NOTHING, type Wish } from "./ledger.js";
import { lifetimeOf, overdue } from "./lifetimes.js";
import type { Item, Terms } from "./shelf.js";

/** What a loss means for a member: others deleted something, or, as we woke late and nobody renewed them, the kernel did. */
export type Loss = Extract<RouterInput, { kind: "AddressLost" | "WokeLate" | "RoutingLost" }>;

/** Adds and removes the addresses, routes and rules of members. */
export class Holdings {
  readonly #platform: Platform;
  readonly #interfaces: Interfaces;
  readonly #ledger: Ledger;

  constructor(platform: Platform, interfaces: Interfaces, ledger: Ledger) {
    this.#platform = platform;
    this.#interfaces = interfaces;
    this.#ledger = ledger;
  }

  /** Adds everything that a new MASTER holds; asks again for all of it when the member holds it already. */
  take(member: Member, now: Micros): void {
    const { instance } = member;
    if (member.held.length > 0) this.#ledger.addresses.askAgain(member);
    member.held = allAddresses(instance);
    this.#tell(member, "setting", wishOf(member));
    this.#ledger.want(member, wishOf(member), termsOf(member), now);
  }

  /** Gives up everything that a MASTER held; what nobody else wants is removed. */
  release(member: Member, now: Micros): void {
    const wish = {
      addresses: this.#ledger.addresses.wantedBy(member),
      routes: this.#ledger.routes.wantedBy(member),
      rules: this.#ledger.rules.wantedBy(member),
    };
    member.held = [];
    this.#tell(member, "removing", wish);
    this.#ledger.want(member, NOTHING, termsOf(member), now);
  }

  /** Goes over to a MASTER's new configuration; returns the addresses that it did not hold before. */
  change(member: Member, now: Micros): readonly InterfaceAddress[] {
    member.held = allAddresses(member.instance);
    this.#tell(member, "setting", wishOf(member));
    return this.#ledger.want(member, wishOf(member), termsOf(member), now);
  }

  /** Tells that what an earlier run may have left is removed. */
  tellRemoval(member: Member): void {
    this.#tell(member, "removing", wishOf(member));
  }

  /** Gives the addresses of a member that are there a new lifetime in the kernel. */
  renew(member: Member): void {
    const { addresses } = this.#ledger;
    const present = member.held.filter(
      (line) => this.#interfaces.shows(line) && addresses.get(line)?.sharing !== "shared",
    );
    if (present.length > 0) this.#platform.renewAddresses(present, lifetimeOf(member));
  }

  /**
   * What a member must be told about an address that others removed: undefined when the address is merely added again, as its
   * line says `no_track` or the static blocks want it as well.
   */
  lostAddress(member: Member, item: Item<InterfaceAddress>, now: Micros): Loss | undefined {
    const line = item.claims.get(member)?.thing;
    if (line === undefined) return undefined;
    const late = overdue(member, now);
    if (late !== undefined) return { kind: "WokeLate", by: late };
    if (line.noTrack || item.sharing === "shared") return undefined;
    return { kind: "AddressLost", address: line.address };
  }

  /** What keeps a member from serving: others remove what it holds again and again. */
  faultsOf({ instance }: Member, now: Micros): Fault[] {
    const { addresses } = this.#ledger;
    if (addresses.troubled.size === 0) return [];
    return allAddresses(instance).flatMap((line): Fault[] => {
      const { trouble } = addresses.get(line) ?? {};
      if (trouble?.kind !== "takenAway" || now >= trouble.retryAt) return [];
      const { address, prefixLength, interface: name } = line;
      return [{ kind: "addressContested", address: `${address}/${prefixLength}`, interface: name }];
    });
  }

  #tell(member: Member, action: "setting" | "removing", wish: Wish): void {
    const { name: instance, virtualAddresses } = member.instance;
    const virtual = Math.min(virtualAddresses.length, wish.addresses.length);
    const tell = (which: HoldingsPart, count: number) => {
      if (count > 0) this.#platform.emit({ kind: "HoldingsChanging", instance, action, which });
    };
    const addresses = () => {
      tell("VIPs", virtual);
      tell("E-VIPs", wish.addresses.length - virtual);
    };
    if (action === "setting") addresses();
    // What is removed goes in the opposite order.
    if (action === "removing") tell("Virtual Rules", wish.rules.length);
    tell("Virtual Routes", wish.routes.length);
    if (action === "setting") tell("Virtual Rules", wish.rules.length);
    else addresses();
  }
}

/** A route or a rule of a member that others deleted. */
export function routingLossOf(route: Route | undefined, rule: Rule | undefined): RoutingLoss | undefined {
  if (route !== undefined) {
    const { address, length } = route.destination;
    return { kind: "routeLost", route: `${address}/${length}` };
  }
  return rule && { kind: "ruleLost", preference: rule.preference };
}

function wishOf({ instance }: Member): Wish {
  return {
    addresses: allAddresses(instance),
    routes: instance.virtualRoutes,
    rules: instance.virtualRules,
  };
}

function termsOf(member: Member): Terms {
  return { sharing: "exclusive", lifetime: lifetimeOf(member) };
}
