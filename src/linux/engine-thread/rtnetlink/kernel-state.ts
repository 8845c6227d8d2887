/** What the engine has the kernel hold: addresses, routes and rules, with the parent that undoes them and the watch over them. */

import type { InterfaceAddress } from "../../../base/interface-address.js";
import type { IpAddress } from "../../../base/ip-address.js";
import type { Route, Rule } from "../../../base/routing.js";
import type { Micros } from "../../../base/time.js";
import type { Answer, EngineInput, Sharing } from "../../../engine/platform.js";
import { ConnectionReset } from "../connections/connection-reset.js";
import { AddressCommands, type AddressOutcome } from "./address-commands.js";
import { Guardian } from "./guardian.js";
import { HeldAddresses } from "./held-addresses.js";
import { RouteCommands, type RoutingOutcome } from "./route-commands.js";
import type { IndexOf } from "./route-messages.js";
import { RouteWatch, type WatchedItem } from "./route-watch.js";

/** Who is told. */
export interface KernelStateListener {
  /** Called in a turn of its own, never from within a command. */
  input(input: EngineInput): void;
  /** A line for the operator. */
  notice(text: string): void;
}

/** Commands are carried out at once and in order. */
export class KernelState {
  readonly #listener: KernelStateListener;
  readonly #addresses: AddressCommands;
  readonly #held: HeldAddresses;
  readonly #routing: RouteCommands;
  readonly #guardian: Guardian;
  readonly #watch: RouteWatch;
  readonly #connections: ConnectionReset;
  /** Answers on their way to the engine. */
  #work: Promise<void> = Promise.resolve();

  /** @param leaseTable name of the table of leases, which the guardian removes after the addresses. */
  constructor(indexOf: IndexOf, leaseTable: string, listener: KernelStateListener) {
    this.#listener = listener;
    this.#addresses = new AddressCommands({ indexOf });
    this.#held = new HeldAddresses(this.#addresses, (text) => listener.notice(text));
    this.#routing = new RouteCommands(indexOf);
    this.#connections = new ConnectionReset((text) => listener.notice(text));
    this.#guardian = new Guardian(indexOf, leaseTable, (text) => listener.notice(text));
    this.#watch = new RouteWatch(indexOf, {
      lost: (routes, rules) => listener.input({ kind: "RoutingLost", routes, rules }),
      replaced: (routes, rules) => {
        const refused = <T>(item: T): Answer<T> => ({ item, result: "refused", error: "EEXIST" });
        if (routes.length > 0)
          listener.input({ kind: "RoutesAnswered", operation: "add", answers: routes.map(refused) });
        if (rules.length > 0)
          listener.input({ kind: "RulesAnswered", operation: "add", answers: rules.map(refused) });
      },
      trouble: (message) => listener.notice(`rtnetlink: ${message}`),
    });
  }

  /** See the engine's platform. */
  addAddresses(addresses: readonly InterfaceAddress[], sharing: Sharing, lifetime: number | undefined): void {
    if (sharing === "exclusive") this.#guardian.holdAddresses(addresses);
    const outcomes = this.#held.add(addresses, lifetime);
    this.#tell({ kind: "AddressesAnswered", operation: "add", answers: addressAnswers(outcomes) });
  }

  /** See the engine's platform. */
  handAddresses(addresses: readonly InterfaceAddress[], sharing: Sharing): void {
    if (sharing === "exclusive") this.#guardian.holdAddresses(addresses);
    else {
      this.#guardian.release(addresses);
      this.#held.renew(addresses, undefined);
    }
  }

  /** Addresses that were added, and not removed here. */
  addedAddresses(): InterfaceAddress[] {
    return this.#held.addresses();
  }

  /** See the engine's platform. */
  renewAddresses(addresses: readonly InterfaceAddress[], lifetime: number | undefined): void {
    this.#held.renew(addresses, lifetime);
  }

  /** What is held is to stay when we leave. */
  keepAddresses(): void {
    this.#held.keep();
  }

  /** See the engine's platform. `orphaned`: of these the connections are reset before, for at most `patience` µs. */
  removeAddresses(
    addresses: readonly InterfaceAddress[],
    orphaned: readonly IpAddress[],
    patience: Micros,
  ): void {
    // The kernel sends a reset only from an address that it has.
    this.#connections.reset(orphaned, patience);
    const outcomes = this.#held.remove(addresses);
    this.#guardian.release(addresses);
    this.#tell({ kind: "AddressesAnswered", operation: "remove", answers: addressAnswers(outcomes) });
  }

  /** See the engine's platform. */
  addRoutes(routes: readonly Route[], sharing: Sharing): void {
    if (sharing === "exclusive") this.#guardian.holdRoutes(routes);
    const outcomes = this.#routing.changeRoutes("add", routes);
    this.#watch.holdRoutes(present(outcomes));
    this.#tell({ kind: "RoutesAnswered", operation: "add", answers: routingAnswers(outcomes) });
  }

  /** See the engine's platform. */
  handRoutes(routes: readonly Route[], sharing: Sharing): void {
    if (sharing === "exclusive") this.#guardian.holdRoutes(routes);
    else this.#guardian.release(routes);
  }

  /** See the engine's platform. */
  removeRoutes(routes: readonly Route[]): void {
    this.#watch.release(routes);
    const outcomes = this.#routing.changeRoutes("remove", routes);
    this.#guardian.release(routes);
    this.#tell({ kind: "RoutesAnswered", operation: "remove", answers: routingAnswers(outcomes) });
  }

  /** See the engine's platform. */
  addRules(rules: readonly Rule[], sharing: Sharing): void {
    if (sharing === "exclusive") this.#guardian.holdRules(rules);
    const outcomes = this.#routing.changeRules("add", rules);
    this.#watch.holdRules(present(outcomes));
    this.#tell({ kind: "RulesAnswered", operation: "add", answers: routingAnswers(outcomes) });
  }

  /** See the engine's platform. */
  handRules(rules: readonly Rule[], sharing: Sharing): void {
    if (sharing === "exclusive") this.#guardian.holdRules(rules);
    else this.#guardian.release(rules);
  }

  /** See the engine's platform. */
  removeRules(rules: readonly Rule[]): void {
    this.#watch.release(rules);
    const outcomes = this.#routing.changeRules("remove", rules);
    this.#guardian.release(rules);
    this.#tell({ kind: "RulesAnswered", operation: "remove", answers: routingAnswers(outcomes) });
  }

  /** See the engine's platform. */
  setFarewell(router: string, index: number, packets: readonly Uint8Array[]): void {
    this.#guardian.setFarewell(router, index, packets);
  }

  /** The kernel may have removed routes of this interface without a word. */
  interfaceChanged(name: string): void {
    this.#watch.interfaceChanged(name);
  }

  /** Runs the code of {@link addAddresses} without any effect. */
  rehearse(addresses: readonly InterfaceAddress[]): void {
    this.#addresses.rehearse(addresses);
    this.#guardian.rehearse(addresses);
  }

  /** Resolves when every answer so far was told. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** This thread lives. @param limit ms for which it may be silent; then the parent kills the process and undoes what it holds. */
  beat(limit: number): void {
    this.#guardian.beat(limit);
  }

  /** We leave in good order: what is still held stays. */
  close(): void {
    this.#watch.close();
    this.#addresses.close();
    this.#connections.close();
    this.#routing.close();
    this.#guardian.close();
  }

  /** In a turn of its own, as the engine is in the middle of one. */
  #tell(input: EngineInput): void {
    this.#work = this.#work.then(() => this.#listener.input(input));
  }
}

function addressAnswers(outcomes: readonly AddressOutcome[]): Answer<InterfaceAddress>[] {
  return outcomes.map(({ address, result, error = "" }) =>
    result === "failed" ? { item: address, result: "refused", error } : { item: address, result },
  );
}

function routingAnswers<T>(outcomes: readonly RoutingOutcome<T>[]): Answer<T>[] {
  return outcomes.map(({ item, result, error = "" }) =>
    result === "failed" ? { item, result: "refused", error } : { item, result },
  );
}

/** What the kernel has now; `certain` is false where it may only be something like it. */
function present<T>(outcomes: readonly RoutingOutcome<T>[]): WatchedItem<T>[] {
  return outcomes
    .filter(({ result }) => result !== "failed")
    .map(({ item, result }) => ({ item, certain: result === "done" }));
}
