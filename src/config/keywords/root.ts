/** The keywords outside any block. */

import type { ConfigDraft } from "../draft.js";
import { KeywordTable } from "../keyword-table.js";
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

/** The root table. */
export const ROOT_TABLE = new KeywordTable<ConfigDraft>([
  globalDefs,
  vrrpScript,
  vrrpCheck,
  vrrpInstance,
  vrrpSyncGroup,
  ...trackObjects,
  bfdInstance,
  ...staticKeywords,
  ...rootDaemonKeywords,
  ...rootRecordedKeywords,
  virtualServer,
  ...groupKeywords,
]);
