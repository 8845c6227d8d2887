/** `POST /v1/drain` and `/v1/undrain`: answered when the addresses have been let go. */

import { setTimeout as sleep } from "node:timers/promises";
import type { DrainOrder, ShownDrain } from "../drains.js";
import type { EngineReport } from "../engine-thread.js";

/** What a client may have done. */
export interface DrainCommands {
  /** @throws {Error} */
  drain(instances: readonly string[], order: DrainOrder): Promise<readonly ShownDrain[]>;
  /** @throws {Error} */
  undrain(instance: string | undefined): Promise<readonly string[]>;
}

/** What is needed for it. */
export interface DrainRoutes extends DrainCommands {
  report(): Promise<EngineReport | undefined>;
}

/** The answer to a request. */
export interface DrainAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** ms between two looks at whether a MASTER has let go, and how long it may take. */
const LOOK = 20;
const LIMIT = 2_000;

/** Drains the instance `instance`, or all; `reason=TEXT`, `persist=true`. */
export async function drain(routes: DrainRoutes, query: URLSearchParams): Promise<DrainAnswer> {
  const persist = query.get("persist") ?? "false";
  if (persist !== "true" && persist !== "false")
    return { status: 400, body: { error: "persist is true or false" } };
  const known = (await routes.report())?.snapshot.routers.map(({ instance }) => instance.name);
  if (known === undefined) return { status: 503, body: { error: "the engine does not run" } };
  const wanted = query.get("instance");
  if (wanted !== null && !known.includes(wanted))
    return { status: 404, body: { error: `there is no vrrp_instance ${wanted}` } };
  const drains = await routes.drain(wanted === null ? known : [wanted], {
    reason: query.get("reason") ?? "",
    persist: persist === "true",
  });
  const states = await settledStates(
    routes,
    drains.map(({ instance }) => instance),
  );
  return {
    status: 200,
    body: { drained: drains.map((one) => ({ ...one, state: states.get(one.instance) ?? "INIT" })) },
  };
}

/** Ends the drain of `instance`, or all. */
export async function undrain(routes: DrainRoutes, query: URLSearchParams): Promise<DrainAnswer> {
  const wanted = query.get("instance");
  const ended = await routes.undrain(wanted ?? undefined);
  if (wanted !== null && ended.length === 0)
    return { status: 404, body: { error: `${wanted} is not drained` } };
  return { status: 200, body: { undrained: ended } };
}

/** The states of these instances as soon as none of them is MASTER. */
async function settledStates(
  routes: DrainRoutes,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const end = performance.now() + LIMIT;
  for (;;) {
    // Not a snapshot from before the drain.
    await sleep(LOOK);
    const routers = (await routes.report())?.snapshot.routers ?? [];
    const states = new Map(routers.map(({ instance, state }) => [instance.name, state.name]));
    if (names.every((name) => states.get(name) !== "MASTER") || performance.now() > end) return states;
  }
}
