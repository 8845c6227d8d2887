/**
 * What the parent is told of the engine's addresses, routes and rules: it removes them at the moment we die, so that a crash or
 * `kill -9` never leaves two holders.
 */

import type { InterfaceAddress } from "../../../base/interface-address.js";
import { addressIdentity, routeIdentity, ruleIdentity } from "../../../base/item-identity.js";
import type { Route, Rule } from "../../../base/routing.js";
import { GuardianChannel, type Hold, packetHold, tableHold } from "../../both/guardian-channel.js";
import { type IndexOf, routeRequest } from "./route-messages.js";
import { addressRequest } from "./rtnetlink-messages.js";
import { ruleRequest } from "./rule-messages.js";

/** An index that no interface has. */
const NO_INTERFACE = 0x7fff_ffff;

/** One for all that is held: addresses, routes and rules. */
export class Guardian {
  readonly #channel: GuardianChannel;
  readonly #indexOf: IndexOf;
  /** How many packets each router has. */
  readonly #farewells = new Map<string, number>();

  /**
   * `indexOf` finds the kernel's index of an interface; `leaseTable` silences addresses that are there and not served, so that it is to
   * be removed after all of them.
   */
  constructor(indexOf: IndexOf, leaseTable: string, notice: (text: string) => void) {
    this.#indexOf = indexOf;
    this.#channel = new GuardianChannel(notice);
    // What is told first is undone last.
    this.#channel.hold("lease table", tableHold(leaseTable));
  }

  /** To be told before the addresses are added: a moment in which nobody watches over them is too long. */
  holdAddresses(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) {
      const index = this.#indexOf(address.interface);
      if (index !== undefined) this.#channel.hold(keyOf(address), holdOf(removal(address, index)));
    }
  }

  /** The same for routes. */
  holdRoutes(routes: readonly Route[]): void {
    for (const route of routes) {
      const request = routeRequest("remove", route, this.#indexOf);
      if (request !== undefined) this.#channel.hold(keyOf(route), holdOf(request(false, 0)));
    }
  }

  /** The same for rules. */
  holdRules(rules: readonly Rule[]): void {
    for (const rule of rules) this.#channel.hold(keyOf(rule), holdOf(ruleRequest("remove", rule, false, 0)));
  }

  /**
   * What to say, once everything is undone, for a virtual router.
   * @param index of the interface to send from; 0 for any.
   * @param packets whole IP packets; none: nothing any more.
   */
  setFarewell(router: string, index: number, packets: readonly Uint8Array[]): void {
    const keyAt = (i: number) => `farewell ${i} ${router}`;
    const before = this.#farewells.get(router) ?? 0;
    for (let i = 0; i < Math.max(before, packets.length); i++) {
      const packet = packets[i];
      this.#channel.release(keyAt(i));
      if (packet !== undefined) this.#channel.hold(keyAt(i), packetHold(index, packet));
    }
    this.#farewells.set(router, packets.length);
  }

  /** Runs the code of {@link holdAddresses}: the parent is told to forget what it was never told. */
  rehearse(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) {
      removal(address, NO_INTERFACE);
      this.#channel.rehearse();
    }
  }

  /** To be told after they are removed. */
  release(items: readonly (InterfaceAddress | Route | Rule)[]): void {
    for (const item of items) this.#channel.release(keyOf(item));
  }

  /** This thread lives. @param limit ms that it may be silent before it counts as standing still. */
  beat(limit: number): void {
    this.#channel.beat(limit);
  }

  /** We leave in good order: nothing is removed. */
  close(): void {
    this.#channel.close();
  }
}

function removal(address: InterfaceAddress, index: number): Buffer {
  return addressRequest({ operation: "remove" }, address, index, false, 0);
}

function holdOf(bytes: Buffer): Hold {
  return { kind: "request", bytes };
}

/** After a reload the same line of the configuration is another object. */
function keyOf(item: InterfaceAddress | Route | Rule): string {
  if ("destination" in item) return `route ${routeIdentity(item)}`;
  return "action" in item ? `rule ${ruleIdentity(item)}` : `address ${addressIdentity(item)}`;
}
