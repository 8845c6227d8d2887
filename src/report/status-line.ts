/** The state of all virtual routers in a few words, for `systemctl status`. Pure. */

import type { RouterStateName } from "../vrrp/events.js";

/** Instances that are named one by one; of more, only the numbers are told. */
const NAMED = 4;

const ORDER: readonly RouterStateName[] = ["MASTER", "BACKUP", "FAULT", "INIT"];

/** `VI_1 MASTER, VI_2 BACKUP`, or `3 MASTER, 252 BACKUP`. */
export function statusLine(states: ReadonlyMap<string, RouterStateName>): string {
  if (states.size === 0) return "no virtual router is configured";
  if (states.size <= NAMED) return [...states].map(([name, state]) => `${name} ${state}`).join(", ");
  const counts = ORDER.map((state) => [state, [...states.values()].filter((one) => one === state).length]);
  return counts.flatMap(([state, count]) => (count === 0 ? [] : [`${count} ${state}`])).join(", ");
}
