/**
 * The daemon's end of the guardian (native/guardian.c): a process that removes the addresses, routes and rules we hold at the
 * moment we die, so that a crash or `kill -9` never leaves two holders.
 */

import type { InterfaceAddress } from "../../../base/interface-address.js";
import { addressIdentity, routeIdentity, ruleIdentity } from "../../../base/item-identity.js";
import type { Route, Rule } from "../../../base/routing.js";
import { GuardianProcess } from "../../both/guardian-process.js";
import { type IndexOf, routeRequest } from "./route-messages.js";
import { addressRequest } from "./rtnetlink-messages.js";
import { ruleRequest } from "./rule-messages.js";

/** An index that no interface has. */
const NO_INTERFACE = 0x7fff_ffff;

/** One guardian for all that is held: addresses, routes and rules. */
export class Guardian {
  readonly #process: GuardianProcess;
  readonly #indexOf: IndexOf;
  /** How many packets each router has. */
  readonly #farewells = new Map<string, number>();

  /** Starts it. `indexOf` finds the kernel's index of an interface. */
  constructor(indexOf: IndexOf, notice: (text: string) => void) {
    this.#indexOf = indexOf;
    this.#process = new GuardianProcess(notice);
  }

  /** To be told before the addresses are added: a moment in which nobody watches over them is too long. */
  holdAddresses(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) {
      const index = this.#indexOf(address.interface);
      if (index !== undefined) this.#process.hold(keyOf(address), lineOf(removal(address, index)));
    }
  }

  /** The same for routes. */
  holdRoutes(routes: readonly Route[]): void {
    for (const route of routes) {
      const request = routeRequest("remove", route, this.#indexOf);
      if (request !== undefined) this.#process.hold(keyOf(route), lineOf(request(false, 0)));
    }
  }

  /** The same for rules. */
  holdRules(rules: readonly Rule[]): void {
    for (const rule of rules) this.#process.hold(keyOf(rule), lineOf(ruleRequest("remove", rule, false, 0)));
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
      this.#process.release(keyAt(i));
      if (packet !== undefined)
        this.#process.hold(keyAt(i), `packet ${index} ${Buffer.from(packet).toString("hex")}`);
    }
    this.#farewells.set(router, packets.length);
  }

  /** Runs the code of {@link holdAddresses}: the guardian is told to forget what it was never told. */
  rehearse(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) this.#process.rehearse(lineOf(removal(address, NO_INTERFACE)));
  }

  /** To be told after they are removed. */
  release(items: readonly (InterfaceAddress | Route | Rule)[]): void {
    for (const item of items) this.#process.release(keyOf(item));
  }

  /** We leave in good order: it ends and removes nothing. */
  close(): void {
    this.#process.close();
  }
}

function removal(address: InterfaceAddress, index: number): Buffer {
  return addressRequest({ operation: "remove" }, address, index, false, 0);
}

function lineOf(request: Buffer): string {
  return `request ${request.toString("hex")}`;
}

/** After a reload the same line of the configuration is another object. */
function keyOf(item: InterfaceAddress | Route | Rule): string {
  if ("destination" in item) return `route ${routeIdentity(item)}`;
  return "action" in item ? `rule ${ruleIdentity(item)}` : `address ${addressIdentity(item)}`;
}
