/** The whole node in one word and one sentence: for supervisors, and for systemd's STATUS=. */

import { isWarning } from "./findings.js";
import type { InstanceStatus } from "./status.js";

/**
 * `holder`: MASTER of at least one instance. `backup`: ready, others hold the addresses. `degraded`: one of the two, but something
 * needs a person, or an instance does not serve yet. `fault`: an instance cannot serve.
 */
export type NodeState = "holder" | "backup" | "degraded" | "fault";

/**
 * Exit statuses of `vigil status` and `vigil nodelet status`. 3 and 4 are those of LSB init scripts ("not running", "unknown"),
 * 150 and up their range for the application.
 */
export const STATUS_EXIT = {
  holder: 0,
  backup: 150,
  degraded: 151,
  fault: 152,
  notRunning: 3,
  unknown: 4,
} as const;

/** The state of a node with these instances. */
export function nodeStateOf(instances: readonly InstanceStatus[]): NodeState {
  if (instances.some(({ state }) => state === "FAULT")) return "fault";
  const troubled = instances.some(({ state, findings }) => state === "INIT" || findings.some(isWarning));
  if (instances.length === 0 || troubled) return "degraded";
  return instances.some(({ state }) => state === "MASTER") ? "holder" : "backup";
}

/** One line, such as `holder: VI_1 MASTER with 10.0.0.100 since 13:40:01 (no advert for 3.609375 s)`. */
export function nodeSentence(instances: readonly InstanceStatus[]): string {
  const state = nodeStateOf(instances);
  if (instances.length === 0) return `${state}: no vrrp_instance is configured`;
  const troubled = instances.find((one) => one.state === "FAULT") ?? instances.find(needsAttention);
  const shown = troubled ?? instances.find((instance) => instance.state === "MASTER") ?? instances[0];
  if (shown === undefined) return state;
  const others = instances.length > 1 ? `; ${countsOf(instances)}` : "";
  return `${state}: ${instanceSentence(shown)}${others}`;
}

function needsAttention({ state, findings }: InstanceStatus): boolean {
  return state === "FAULT" || state === "INIT" || findings.some(isWarning);
}

function instanceSentence(instance: InstanceStatus): string {
  const { name, state, addresses, transition, master, findings, rule } = instance;
  const held = addresses.filter(({ present }) => present).map(({ address }) => address);
  const what = state === "MASTER" && held.length > 0 ? ` with ${held.slice(0, 3).join(", ")}` : "";
  const more = held.length > 3 ? ` and ${held.length - 3} more` : "";
  const since = transition === null ? "" : ` since ${transition.sinceLocal}`;
  const why = state === "MASTER" ? transition?.text : rule.text;
  // What keeps it from serving comes before what else is amiss.
  const serves = state === "MASTER" || state === "BACKUP";
  const warning = serves ? findings.find(isWarning) : undefined;
  const other = master !== null && !master.self ? `, ${master.address} is MASTER` : "";
  if (warning !== undefined) return `${name} ${state}${what}${more}${since}${other}; ${warning.summary}`;
  return `${name} ${state}${what}${more}${since}${why === undefined ? "" : ` (${why})`}`;
}

function countsOf(instances: readonly InstanceStatus[]): string {
  const states = ["MASTER", "BACKUP", "FAULT", "INIT"] as const;
  return states
    .map((state) => ({ state, count: instances.filter((instance) => instance.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`)
    .join(", ");
}
