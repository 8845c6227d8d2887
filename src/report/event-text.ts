/** The engine's events as `vigil events` tells them: transitions with their causes, and what led to them. */

import type { Micros } from "../base/time.js";
import type { EngineEvent } from "../engine/events.js";
import { causeText, faultText, logLines } from "./log-lines.js";
import { isoTime, localTime, type WallClock } from "./wall-clock.js";

/** An event as it is kept and shown. */
export interface NotedEvent {
  /** Counts up by one with every event of this daemon; begins at 1. */
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The daemon's local time of day. */
  readonly local: string;
  readonly kind: "transition" | "news";
  /** null for what concerns no single instance. */
  readonly instance: string | null;
  readonly text: string;
  /** The cause of a transition: the kind of a TransitionCause; null for news. */
  readonly cause: string | null;
}

/** What is kept of an event; undefined for one that is not worth keeping. */
export function noteOf(
  event: EngineEvent,
  at: Micros,
  clock: WallClock,
): Omit<NotedEvent, "sequence"> | undefined {
  const text = textOf(event);
  if (text === undefined) return undefined;
  const transition = event.kind === "StateChanged" || event.kind === "Stopped";
  return {
    time: isoTime(clock, at),
    local: localTime(clock, at),
    kind: transition ? "transition" : "news",
    instance: "instance" in event ? event.instance : null,
    text,
    cause: event.kind === "StateChanged" ? event.cause.kind : event.kind === "Stopped" ? "shutdown" : null,
  };
}

function textOf(event: EngineEvent): string | undefined {
  switch (event.kind) {
    case "StateChanged":
      return `${event.instance}: ${event.from} → ${event.to}, priority ${event.priority}: ${causeText(event.cause)}`;
    case "Stopped":
      return `${event.instance}: ${event.from} → stopped`;
    case "FaultRaised":
      return `${event.instance}: ${faultText(event.fault)}`;
    // Steps of a transition that is told anyway, and the ordinary course of things.
    case "Announced":
    case "HoldingsChanging":
    case "AdvertisementTimeout":
    case "ScriptReturned":
    case "PriorityZeroSent":
    case "InterfaceAdded":
    case "InterfaceDeleted":
      return undefined;
    default:
      return logLines(event)
        .map(({ text }) => text)
        .join("; ");
  }
}
