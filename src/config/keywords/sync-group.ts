/** `vrrp_sync_group NAME`: instances that change state together. */

import { type ConfigDraft, SyncGroupDraft } from "../draft.js";
import { block, KeywordTable, line, list } from "../keyword-table.js";
import { finding } from "../resolve-finding.js";
import { groupNotify } from "./notify.js";
import { trackerKeywords } from "./trackers.js";

const CODE = "ERR_CONFIG_SYNC_GROUP";

const TABLE = new KeywordTable<SyncGroupDraft>([
  list(
    "group",
    { doc: "members: names of instances" },
    (group, statement) => {
      for (const [i, word] of statement.words.entries()) {
        group.members?.push({ name: word.text, place: statement.placeOf(i) });
      }
    },
    {
      open: (group, statement) => {
        if (group.members !== undefined) {
          statement.complain(CODE, `Group list already specified for sync group ${group.name}`);
          return false;
        }
        group.members = [];
        return true;
      },
      close: (group, { end }) => {
        if (group.members?.length !== 0) return;
        group.members = undefined;
        end.complain(CODE, `Warning - sync group ${group.name} has empty group block`);
      },
    },
  ),
  ...trackerKeywords<SyncGroupDraft>(),
  ...groupNotify,
  line("sync_group_tracking_weight", { doc: "keep the weights of members' trackers" }, (group) => {
    group.trackingWeight = true;
  }),
  line("global_tracking", { doc: "deprecated: members share their trackers" }, (group, statement) => {
    statement.complain(
      CODE,
      `(${group.name}) global_tracking is deprecated. Use track_interface/script/file on the sync group`,
      0,
      "put the trackers into the group",
    );
    group.trackingWeight = true;
  }),
]);

/** The root keyword. */
export const vrrpSyncGroup = block<ConfigDraft, SyncGroupDraft>(
  "vrrp_sync_group",
  { argument: "NAME {…}", doc: "instances that change state together" },
  TABLE,
  {
    open: (root, statement) => {
      const name = statement.word(1);
      if (name === undefined || statement.words.length !== 2) {
        statement.complain(
          CODE,
          "vrrp_sync_group must have a name - skipping",
          1,
          "write: vrrp_sync_group NAME {",
        );
        return undefined;
      }
      if (root.syncGroups.has(name)) {
        statement.complain("ERR_CONFIG_DUPLICATE", `vrrp sync group ${name} already defined`, 1);
        return undefined;
      }
      const group = new SyncGroupDraft(name, root);
      group.place = statement.placeOf(0);
      return group;
    },
    close: (root, group) => {
      if (group.members !== undefined) root.syncGroups.add(group);
      else {
        const message = `Sync group ${group.name} has no virtual router(s). removing`;
        finding(root, "complaint", CODE, message, group.place, "name its instances in a group block");
      }
    },
  },
);
