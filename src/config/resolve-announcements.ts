/** The advert interval and everything about gratuitous ARPs of an instance. */

import { type Micros, micros, seconds } from "../base/time.js";
import type { VrrpInstance } from "./config.js";
import type { ConfigDraft } from "./draft.js";
import type { InstanceBasics } from "./resolve-instance.js";
import type { InstanceFindings } from "./resolve-instance-findings.js";

const SECOND = 1_000_000;
const CENTISECOND = 10_000;

/** `advert_int` in what the version's packets can carry: whole seconds below 256, or centiseconds below 4096. */
export function resolveAdvertInterval(
  { draft, version }: InstanceBasics,
  findings: InstanceFindings,
): Micros {
  const interval = draft.advertInterval ?? seconds(1);
  const unit = version === 2 ? SECOND : CENTISECOND;
  const limit = version === 2 ? 256 : 4_096;
  const places = ["advert_int"];
  if (interval >= limit * unit) {
    const most = version === 2 ? "256s. Setting to 255s" : "40.96s. Setting to 40.95s";
    const shown = (interval / SECOND).toFixed(2);
    findings.complain(
      `VRRPv${version} advertisement interval ${shown}s is out of range. Must be less than ${most}`,
      places,
    );
    return micros((limit - 1) * unit);
  }
  if (interval % unit === 0) return interval;
  const shown = (interval / SECOND).toFixed(6);
  const reason = version === 2 ? "must be an integer. rounding" : "must be in units of 10ms - rounding";
  const hint = version === 2 ? "a whole number of seconds, or version 3" : "at most two decimal places";
  findings.complain(`VRRPv${version} advertisement interval ${shown}s ${reason}`, places, hint);
  const rounded = Math.floor((interval + unit / 2) / unit);
  return micros(Math.min(limit - 1, Math.max(1, rounded)) * unit);
}

/** The part of an instance that this file resolves. */
type Announcements = Pick<VrrpInstance, "garp" | "lowerPrioNoAdvert" | "higherPrioSendAdvert"> & {
  readonly garpExtraInterfaces: { readonly interval: Micros; readonly all: boolean };
};

/** Announcement settings; strict mode forbids announcing after adverts of lower priority. */
export function resolveAnnouncements(
  { draft, strict }: InstanceBasics,
  root: ConfigDraft,
  findings: InstanceFindings,
): Announcements {
  const { global } = root;
  const noTime = micros(0);
  let lowerPrioRepeat =
    draft.garpLowerPrioRepeat ?? (strict ? 0 : (global.garpLowerPrioRepeat ?? global.garpRepeat));
  if (strict && lowerPrioRepeat > 0) {
    findings.complain("Strict mode requires no repeat garps. resetting", ["garp_lower_prio_repeat"]);
    lowerPrioRepeat = 0;
  }
  let lowerPrioDelay =
    draft.garpLowerPrioDelay ?? (strict ? noTime : (global.garpLowerPrioDelay ?? global.garpDelay));
  if (strict && lowerPrioDelay > 0) {
    findings.complain("Strict mode requires no repeat garp delay. resetting", ["garp_lower_prio_delay"]);
    lowerPrioDelay = noTime;
  }
  let lowerPrioNoAdvert = draft.lowerPrioNoAdvert ?? (strict || global.lowerPrioNoAdvert);
  if (strict && !lowerPrioNoAdvert) {
    findings.complain("Strict mode requires no lower priority advert. resetting", ["lower_prio_no_advert"]);
    lowerPrioNoAdvert = true;
  }
  let higherPrioSendAdvert = draft.higherPrioSendAdvert ?? (!strict && global.higherPrioSendAdvert);
  if (strict && higherPrioSendAdvert) {
    findings.complain("strict mode requires higher_prio_send_advert to be clear. resetting", [
      "higher_prio_send_advert",
    ]);
    higherPrioSendAdvert = false;
  }
  return {
    garp: {
      masterDelay: draft.garpDelay,
      masterRepeat: draft.garpRepeat,
      masterRefresh: draft.garpRefresh,
      masterRefreshRepeat: draft.garpRefreshRepeat,
      lowerPrioDelay,
      lowerPrioRepeat,
    },
    lowerPrioNoAdvert,
    higherPrioSendAdvert,
    garpExtraInterfaces: draft.garpExtra ?? global.garpExtra,
  };
}
