/** Tracker drafts to tracker entries. */

import type { TrackEntry, TrackLists } from "./config.js";
import type { TrackDraft, TrackerDrafts } from "./draft.js";

/** keepalived's word for a kind of tracker. */
export type TrackerWord = "interface" | "script" | "check" | "file" | "process" | "bfd";

/** All tracker lists of an instance or group. */
export interface TrackEntries extends TrackLists {
  readonly trackBfds: readonly TrackEntry[];
}

/** The entries of all kinds; `weigh` gives each its weight, or undefined to leave it out. */
export function trackEntries(
  trackers: TrackerDrafts,
  weigh: (kind: TrackerWord, tracker: TrackDraft) => number | undefined,
): TrackEntries {
  const entries = (kind: TrackerWord, drafts: Iterable<TrackDraft>): TrackEntry[] =>
    [...drafts].flatMap((draft) => {
      const weight = weigh(kind, draft);
      return weight === undefined ? [] : [{ name: draft.name, weight, reverse: draft.reverse }];
    });
  return {
    trackInterfaces: entries("interface", trackers.interfaces),
    trackScripts: entries("script", trackers.scripts),
    trackChecks: entries("check", trackers.checks),
    trackFiles: entries("file", trackers.files),
    trackProcesses: entries("process", trackers.processes),
    trackBfds: entries("bfd", trackers.bfds),
  };
}
