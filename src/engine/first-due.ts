/** The parts of the engine that have deadlines, and which of them is first. */

import type { Micros } from "../base/time.js";
import type { Member } from "./member.js";

/** A part of the engine with work that is due at some time. */
export interface DeadlineHolder {
  readonly name: string;
  readonly nextDeadline: () => Micros | undefined;
}

/** The holder whose work is due first, and when; of equal ones the first in the list. Undefined: none has any. */
export function firstDue(
  holders: readonly DeadlineHolder[],
): { readonly holder: string; readonly at: Micros } | undefined {
  let first: { readonly holder: string; readonly at: Micros } | undefined;
  for (const { name: holder, nextDeadline } of holders) {
    const at = nextDeadline();
    if (at !== undefined && (first === undefined || at < first.at)) first = { holder, at };
  }
  return first;
}

/** What is due, in words: a holder, or, where that is the routers, the timer of the first `member`. */
export function dueText(holder: string | undefined, member: Member | undefined): string {
  if (holder !== "router" || member === undefined) return holder ?? "nothing";
  const { router, instance } = member;
  const at = router.nextDeadline();
  const timer = router.snapshot().timers.find(({ dueAt }) => dueAt === at);
  return `${instance.name}: ${timer?.name}`;
}
