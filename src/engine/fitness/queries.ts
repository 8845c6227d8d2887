/** What a node does when a MASTER asks whether it is still fit: it probes its checks once more, and answers when it knows. */

import type { Micros } from "../../base/time.js";
import { standing } from "../tracking/assessment.js";
import type { Trackers } from "../tracking/trackers.js";
import type { PeerFitness } from "./peer-fitness.js";

/** Probes the checks of all instances that a peer asked about; true when a verdict changed. */
export function probeQueried(fitness: PeerFitness, trackers: Trackers, now: Micros): boolean {
  const names = fitness.queried().flatMap(({ instance, group }) => standing(instance, group, trackers).names);
  return names.length > 0 && trackers.checks.lookNow(names, now);
}

/** Answers for those instances whose probes have ended. */
export function answerQueries(fitness: PeerFitness, trackers: Trackers, now: Micros): void {
  for (const member of fitness.queried()) {
    const { names } = standing(member.instance, member.group, trackers);
    if (!trackers.checks.isLooking(names)) fitness.answer(member, now);
  }
}
