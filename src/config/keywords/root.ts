/** The keywords outside any block. */

import type { ConfigDraft } from "../draft.js";
import { type Keyword, KeywordTable } from "../keyword-table.js";
import { bfdInstance } from "./bfd.js";
import { rootDaemonKeywords } from "./global-daemon.js";
import { globalDefs } from "./global-defs.js";
import { rootRecordedKeywords } from "./global-recorded.js";
import { groupKeywords } from "./lvs-groups.js";
import { virtualServer } from "./lvs-servers.js";
import { staticKeywords } from "./statics.js";
import { vrrpSyncGroup } from "./sync-group.js";
import { trackObjects } from "./track-objects.js";
import { vrrpCheck } from "./vrrp-check.js";
import { vrrpInstance } from "./vrrp-instance.js";
import { vrrpScript } from "./vrrp-script.js";

/** keepalived's processes that read the file, in the order in which `-t` lets them. */
export const READING_PROCESSES = ["parent", "checkers", "vrrp", "bfd"] as const;

/** One of them. */
export type ReadingProcess = (typeof READING_PROCESSES)[number];

const OF_PARENT = [globalDefs, ...rootDaemonKeywords, ...rootRecordedKeywords];
const OF_CHECKERS = [virtualServer, ...groupKeywords];
const OF_VRRP = [vrrpScript, vrrpCheck, vrrpInstance, vrrpSyncGroup, ...trackObjects, ...staticKeywords];

/** Root keywords that tracking in VRRP and in checks share. */
const TRACK_FILES = ["track_file", "vrrp_track_file"];

/** The root table. */
export const ROOT_TABLE = new KeywordTable<ConfigDraft>([
  ...OF_PARENT,
  ...OF_CHECKERS,
  ...OF_VRRP,
  bfdInstance,
]);

function names(keywords: readonly Keyword<ConfigDraft>[]): string[] {
  return keywords.map(({ name }) => name);
}

/** The root keywords that each process reads; it skips the blocks of the others. */
export const READ_BY: Readonly<Record<ReadingProcess, ReadonlySet<string>>> = {
  parent: new Set(names(OF_PARENT)),
  checkers: new Set([...names([...OF_CHECKERS, bfdInstance]), ...TRACK_FILES]),
  vrrp: new Set(names([...OF_VRRP, bfdInstance])),
  bfd: new Set(names([bfdInstance])),
};
