/** `global_defs {…}`, put together from its parts by subject. */

import type { ConfigDraft } from "../draft.js";
import { block, KeywordTable } from "../keyword-table.js";
import { globalDaemonKeywords } from "./global-daemon.js";
import { globalNotifyKeywords } from "./global-notify.js";
import { globalRecordedKeywords } from "./global-recorded.js";
import { globalVrrpKeywords } from "./global-vrrp.js";

const TABLE = new KeywordTable<ConfigDraft>([
  ...globalVrrpKeywords,
  ...globalNotifyKeywords,
  ...globalDaemonKeywords,
  ...globalRecordedKeywords,
]);

/** The root keyword; the block may occur repeatedly. */
export const globalDefs = block<ConfigDraft, ConfigDraft>("global_defs", { doc: "global settings" }, TABLE, {
  open: (root) => root,
});
