/** Changes of many routes and rules at a time (RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWRULE, RTM_DELRULE; rtnetlink(7)). */

import type { Route, Rule } from "../../../base/routing.js";
import { RequestBatches, type RequestBuilder } from "./request-batches.js";
import { type IndexOf, routeRequest } from "./route-messages.js";
import { ruleRequest } from "./rule-messages.js";

/** How the change of one route or rule ended. */
export interface RoutingOutcome<T> {
  readonly item: T;
  /**
   * `done` by this call; `unchanged`: to be removed, but not there, or to be added, but the kernel has one like
   * it, which may be another one; `failed` otherwise.
   */
  readonly result: "done" | "unchanged" | "failed";
  /** Name of the errno, such as `ENETUNREACH`; with `failed` only. */
  readonly error?: string;
}

/** Errors that say no more than that the wanted state is there already. What the kernel cannot have, it does not have. */
const AS_WANTED: Record<"add" | "remove", readonly string[]> = {
  add: ["EEXIST"],
  remove: ["ESRCH", "ENOENT", "ENODEV", "EINVAL", "ENOTSUP", "EOPNOTSUPP", "EAFNOSUPPORT"],
};

/** The commands, in the network namespace of the thread that gives the first one. */
export class RouteCommands {
  readonly #indexOf: IndexOf;
  readonly #requests = new RequestBatches();

  constructor(indexOf: IndexOf) {
    this.#indexOf = indexOf;
  }

  /** Adds or removes routes, in their order. The kernel is done when the call returns. Never throws. */
  changeRoutes(operation: "add" | "remove", routes: readonly Route[]): RoutingOutcome<Route>[] {
    return this.#change(operation, routes, (route) => routeRequest(operation, route, this.#indexOf));
  }

  /** The same for rules. */
  changeRules(operation: "add" | "remove", rules: readonly Rule[]): RoutingOutcome<Rule>[] {
    return this.#change(
      operation,
      rules,
      (rule) => (acknowledge, seq) => ruleRequest(operation, rule, acknowledge, seq),
    );
  }

  /** Closes the socket; every later command fails with `ECANCELED`. */
  close(): void {
    this.#requests.close();
  }

  /** `builderOf` is undefined for what names an interface that does not exist. */
  #change<T>(
    operation: "add" | "remove",
    items: readonly T[],
    builderOf: (item: T) => RequestBuilder | undefined,
  ): RoutingOutcome<T>[] {
    const builders = items.map(builderOf);
    const errors = this.#requests.make(builders.filter((builder) => builder !== undefined));
    let next = 0;
    return items.map((item, i) => {
      const error = builders[i] === undefined ? "ENODEV" : errors[next++];
      if (error === undefined) return { item, result: "done" };
      return AS_WANTED[operation].includes(error)
        ? { item, result: "unchanged" }
        : { item, result: "failed", error };
    });
  }
}
