/** Keywords of a vrrp_instance about who becomes MASTER and when. */

import { micros } from "../../base/time.js";
import type { InstanceDraft } from "../draft.js";
import { type Keyword, line } from "../keyword-table.js";
import { readDecimal, readSwitch, readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";

const CODE = "ERR_CONFIG_INSTANCE";

function complain(statement: Statement, message: string, index = 1, hint?: string): void {
  statement.complain(CODE, message, index, hint);
}

/** `NAME [BOOL]` of an instance, with the complaint that keepalived has for a bad argument. */
export function instanceSwitch(
  name: string,
  doc: string,
  apply: (instance: InstanceDraft, value: boolean) => void,
): Keyword<InstanceDraft> {
  return line(name, { argument: "[BOOL]", doc }, (instance, statement) => {
    const value = readSwitch(statement);
    if (value !== undefined) apply(instance, value);
    else {
      complain(
        statement,
        `(${instance.name}) invalid ${name} ${statement.required(1)} specified`,
        1,
        "on, off, true, false, yes, no or nothing",
      );
    }
  });
}

/** All of them. */
export const electionKeywords: readonly Keyword<InstanceDraft>[] = [
  line(
    "state",
    { argument: "MASTER|BACKUP", doc: "wanted state at start; only acts with priority 255" },
    (instance, statement) => {
      const state = statement.required(1);
      if (state === "MASTER") instance.state = "MASTER";
      else if (state === "BACKUP") {
        if (instance.state === "MASTER") {
          complain(statement, `(${instance.name}) state previously set as MASTER - ignoring BACKUP`);
        } else instance.state = "BACKUP";
      } else {
        complain(
          statement,
          `(${instance.name}) unknown state '${state}', defaulting to BACKUP`,
          1,
          "MASTER or BACKUP, in capitals",
        );
        instance.state = "BACKUP";
      }
    },
  ),
  line("virtual_router_id", { argument: "N", doc: "VRID, 1..255" }, (instance, statement) => {
    const value = readUnsigned(statement, 1, 1, 255);
    if (value !== undefined) instance.vrid = value;
    else {
      complain(
        statement,
        `(${instance.name}): VRID '${statement.required(1)}' not valid - must be between 1 & 255`,
      );
    }
  }),
  line(
    "priority",
    { argument: "N", doc: "1..255, default 100; 255 is the address owner" },
    (instance, statement) => {
      const value = readUnsigned(statement, 1, 1, 255);
      if (value === undefined) {
        complain(
          statement,
          `(${instance.name}) Priority not valid! must be between 1 & 255. Using default 100`,
        );
      }
      instance.priority = value ?? 100;
    },
  ),
  line(
    "advert_int",
    { argument: "SECS", doc: "seconds between adverts, default 1" },
    (instance, statement) => {
      const value = readDecimal(statement, 1, { low: 10_000, high: 255_000_000, places: 6 });
      if (value !== undefined) instance.advertInterval = micros(value);
      else {
        complain(
          statement,
          `(${instance.name}) Advert interval (${statement.required(1)}) not valid! Must be > 0 - ignoring`,
        );
      }
    },
  ),
  line(
    "version",
    { argument: "2|3", doc: "VRRP version; default vrrp_version, 3 for IPv6" },
    (instance, statement) => {
      const value = readUnsigned(statement, 1, 2, 3);
      if (value !== 2 && value !== 3)
        complain(statement, `(${instance.name}): Version must be either 2 or 3`);
      else if (instance.version !== undefined && instance.version !== value) {
        complain(
          statement,
          `(${instance.name}) vrrp_version ${value} conflicts with configured or deduced version ${instance.version}; ignoring.`,
        );
      } else instance.version = value;
    },
  ),
  line("nopreempt", { doc: "a MASTER of lower priority keeps its role" }, (instance) => {
    instance.nopreempt = true;
  }),
  line("preempt", { doc: "take over from a MASTER of lower priority; the default" }, (instance) => {
    instance.nopreempt = false;
  }),
  line(
    "preempt_delay",
    { argument: "SECS", doc: "seconds to wait before taking over, 0..1000" },
    (instance, statement) => {
      const value = readDecimal(statement, 1, { low: 0, high: 1_000_000_000, places: 6 });
      if (value === undefined)
        complain(statement, `(${instance.name}) Preempt_delay not valid! must be between 0-1000`);
      instance.preemptDelay = micros(value ?? 0);
    },
  ),
  line(
    "down_timer_adverts",
    { argument: "N", doc: "missed adverts before takeover, 1..100, default 3" },
    (instance, statement) => {
      const value = readUnsigned(statement, 1, 1, 100);
      if (value !== undefined) instance.downTimerAdverts = value;
      else
        complain(
          statement,
          `(${instance.name}): Invalid down_timer_adverts [1:100] '${statement.required(1)}'`,
        );
    },
  ),
  line(
    "timer_expired_backup",
    { argument: "[PRIO]", doc: "a MASTER woken too late steps down" },
    timerExpiredBackup,
  ),
  line(
    "thread_timer_expired",
    { argument: "[PRIO]", doc: "old name of timer_expired_backup" },
    (instance, statement) => {
      complain(
        statement,
        `(${instance.name}) thread_timer_expired - please replace with keyword 'timer_expired_backup'`,
        0,
        "timer_expired_backup",
      );
      timerExpiredBackup(instance, statement);
    },
  ),
  line("dont_track_primary", { doc: "the own interface going down is no FAULT" }, (instance) => {
    instance.dontTrackPrimary = true;
  }),
  line("accept", { doc: "virtual addresses answer traffic although not the address owner" }, (instance) => {
    instance.accept = true;
  }),
  line("no_accept", { doc: "virtual addresses are blocked unless the address owner" }, (instance) => {
    instance.accept = false;
  }),
  line(
    "skip_check_adv_addr",
    { argument: "[BOOL]", doc: "address list checked only when the MASTER changes" },
    (instance, statement) => {
      // Any valid argument switches it on, `off` too: as keepalived does.
      if (readSwitch(statement) !== undefined) instance.skipCheckAdvAddr = true;
      else
        complain(
          statement,
          `(${instance.name}) invalid skip_check_adv_addr ${statement.required(1)} specified`,
        );
    },
  ),
  instanceSwitch("strict_mode", "strict adherence to the RFC", (instance, value) => {
    instance.strict = value;
  }),
  instanceSwitch("owner_ignore_adverts", "priority 255 drops all adverts", (instance, value) => {
    instance.ownerIgnoreAdverts = value;
  }),
  line("debug", { argument: "N", doc: "accepted; no effect" }, (instance, statement) => {
    const value = readUnsigned(statement, 1, 0, 4);
    if (value !== undefined) instance.debug = value;
    else
      complain(
        statement,
        `(${instance.name}) Debug value '${statement.required(1)}' not valid; must be between 0-4`,
      );
  }),
];

function timerExpiredBackup(instance: InstanceDraft, statement: Statement): void {
  if (statement.word(1) === undefined) {
    instance.timerExpiredBackup = 254;
    return;
  }
  const value = readUnsigned(statement, 1, 1, 254);
  if (value !== undefined) instance.timerExpiredBackup = value;
  else {
    complain(
      statement,
      `(${instance.name}) timer_expired_backup highest_other_priority not valid! must be between 1 & 254`,
    );
  }
}
