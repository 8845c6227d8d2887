/** What the kernel tells of routes and rules, and what it means for those who hold them. */

import type { EngineEvent, RoutingLoss } from "../events.js";
import type { Member } from "../member.js";
import type { EngineInput } from "../platform.js";
import type { Holdings } from "./holdings.js";
import type { Statics } from "./statics.js";

/** The inputs that are about routes and rules. */
export type RoutingInput = Extract<EngineInput, { kind: "RoutesFailed" | "RulesFailed" | "RoutingLost" }>;

/** Hands news to those they concern; returns the members from which somebody took something, and what. */
export function takeRoutingNews(
  input: RoutingInput,
  members: readonly Member[],
  holdings: Holdings,
  statics: Statics,
  emit: (event: EngineEvent) => void,
): readonly (readonly [Member, RoutingLoss])[] {
  if (input.kind !== "RoutingLost") {
    for (const event of failureEvents(input)) emit(event);
    statics.failed(input.failures);
    const items = input.failures.map(({ item }) => item);
    for (const member of members) holdings.refused(member, items);
    return [];
  }
  statics.lost(input.routes, input.rules);
  const losses: (readonly [Member, RoutingLoss])[] = [];
  for (const member of members) {
    const cause = holdings.lostRouting(member, input.routes, input.rules);
    if (cause === undefined) continue;
    emit({ kind: "ForeignRoutingChange", instance: member.instance.name, cause });
    losses.push([member, cause]);
  }
  return losses;
}

function failureEvents(
  input: Extract<RoutingInput, { kind: "RoutesFailed" | "RulesFailed" }>,
): EngineEvent[] {
  return input.kind === "RoutesFailed"
    ? input.failures.map(({ item, error }) => ({ kind: "RouteFailed", route: item, error }))
    : input.failures.map(({ item, error }) => ({ kind: "RuleFailed", rule: item, error }));
}
