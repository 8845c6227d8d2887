/** Keywords of a vrrp_instance about gratuitous ARPs, unsolicited NAs and what is sent besides adverts in time. */

import { micros, seconds } from "../../base/time.js";
import type { InstanceDraft } from "../draft.js";
import { type Keyword, line } from "../keyword-table.js";
import { MAX_SECONDS, readUnsigned, UINT32_MAX } from "../numbers.js";
import type { Statement } from "../statement.js";
import { instanceSwitch } from "./instance-election.js";

const CODE = "ERR_CONFIG_GARP";

function complain(statement: Statement, message: string, index = 1, hint?: string): void {
  statement.complain(CODE, message, index, hint);
}

/** A repeat count where 0 means 1, with keepalived's complaint about it. */
function repeats(instance: InstanceDraft, statement: Statement): number | undefined {
  const value = readUnsigned(statement, 1, 0, UINT32_MAX);
  if (value === undefined) {
    complain(
      statement,
      `(${instance.name}): ${statement.keyword} '${statement.required(1)}' invalid - ignoring`,
    );
    return undefined;
  }
  if (value === 0)
    complain(statement, `(${instance.name}): ${statement.keyword} must be greater than 0, setting to 1`);
  return Math.max(1, value);
}

/** All of them. */
export const announcementKeywords: readonly Keyword<InstanceDraft>[] = [
  line(
    "garp_master_delay",
    { argument: "SECS", doc: "seconds to the second burst, 0 = none" },
    (instance, statement) => {
      const value = readUnsigned(statement, 1, 0, MAX_SECONDS);
      if (value !== undefined) instance.garpDelay = seconds(value);
      else
        complain(
          statement,
          `(${instance.name}): garp_master_delay '${statement.required(1)}' invalid - ignoring`,
        );
    },
  ),
  line(
    "garp_master_repeat",
    { argument: "N", doc: "announcements of each address in a burst" },
    (instance, statement) => {
      instance.garpRepeat = repeats(instance, statement) ?? instance.garpRepeat;
    },
  ),
  line(
    "garp_master_refresh",
    { argument: "SECS", doc: "seconds between bursts while MASTER, 0 = never" },
    (instance, statement) => {
      const value = readUnsigned(statement, 1, 0, UINT32_MAX);
      if (value === undefined) {
        complain(
          statement,
          `(${instance.name}): Invalid garp_master_refresh '${statement.required(1)}' - ignoring`,
        );
      }
      instance.garpRefresh = seconds(value ?? 0);
    },
  ),
  line(
    "garp_master_refresh_repeat",
    { argument: "N", doc: "announcements of each address in a refresh" },
    (instance, statement) => {
      instance.garpRefreshRepeat = repeats(instance, statement) ?? instance.garpRefreshRepeat;
    },
  ),
  line(
    "garp_lower_prio_delay",
    { argument: "SECS", doc: "second burst after an advert of lower priority" },
    (instance, statement) => {
      const value = readUnsigned(statement, 1, 0, MAX_SECONDS);
      if (value !== undefined) instance.garpLowerPrioDelay = seconds(value);
      else
        complain(
          statement,
          `(${instance.name}): garp_lower_prio_delay '${statement.required(1)}' invalid - ignoring`,
        );
    },
  ),
  line(
    "garp_lower_prio_repeat",
    { argument: "N", doc: "announcements after an advert of lower priority" },
    (instance, statement) => {
      const value = readUnsigned(statement, 1, 0, UINT32_MAX);
      if (value !== undefined) instance.garpLowerPrioRepeat = value;
      else
        complain(statement, `(${instance.name}): Invalid garp_lower_prio_repeat '${statement.required(1)}'`);
    },
  ),
  line(
    "garp_extra_if",
    { argument: "[all] SECS", doc: "announcements on further interfaces of VMACs" },
    extraInterfaces,
  ),
  line(
    "vmac_garp_intvl",
    { argument: "[all] SECS", doc: "old name of garp_extra_if" },
    (instance, statement) => {
      complain(
        statement,
        'Keyword "vmac_garp_intvl" is deprecated - please use "garp_extra_if"',
        0,
        "garp_extra_if",
      );
      extraInterfaces(instance, statement);
    },
  ),
  instanceSwitch("lower_prio_no_advert", "no advert in reply to one of lower priority", (instance, value) => {
    instance.lowerPrioNoAdvert = value;
  }),
  instanceSwitch(
    "higher_prio_send_advert",
    "a last advert before yielding to a higher priority",
    (instance, value) => {
      instance.higherPrioSendAdvert = value;
    },
  ),
  instanceSwitch(
    "v3_checksum_as_v2",
    "VRRPv3 checksum of IPv4 without the pseudo header",
    (instance, value) => {
      instance.v3ChecksumAsV2 = value;
    },
  ),
];

function extraInterfaces(instance: InstanceDraft, statement: Statement): void {
  let all = false;
  let interval: number | undefined;
  for (let i = 1; i < statement.words.length; i++) {
    if (statement.word(i) === "all") {
      all = true;
      continue;
    }
    interval = readUnsigned(statement, i, 0, 86_400);
    if (interval === undefined) {
      complain(
        statement,
        `(${instance.name}): ${statement.keyword} '${statement.required(i)}' invalid - ignoring`,
        i,
      );
      return;
    }
  }
  if (interval !== undefined) instance.garpExtra = { interval: seconds(interval), all };
  else {
    complain(statement, `(${instance.name}): ${statement.keyword} specified without time - ignoring`);
    instance.garpExtra ??= { interval: micros(0), all };
  }
}
