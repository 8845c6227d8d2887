/** What a node does when a MASTER asks whether it is still fit: it looks once more, and answers when it knows. */

import type { Micros } from "../base/time.js";
import type { Candidacy } from "./fitness/peer-fitness.js";
import { standing } from "./tracking/assessment.js";
import type { Trackers } from "./tracking/trackers.js";

/** Probes the checks of all instances that were asked about; true when a verdict changed. */
export function lookForAsked(candidacy: Candidacy, trackers: Trackers, now: Micros): boolean {
  const names = candidacy.asked().flatMap(({ instance, group }) => standing(instance, group, trackers).names);
  return names.length > 0 && trackers.checks.lookNow(names, now);
}

/** Answers for those whose probes have ended. */
export function answerAsked(candidacy: Candidacy, trackers: Trackers): void {
  for (const member of candidacy.asked()) {
    const { names } = standing(member.instance, member.group, trackers);
    if (!trackers.checks.isLooking(names)) candidacy.answer(member);
  }
}
