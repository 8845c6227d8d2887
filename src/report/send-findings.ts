/** What a person should know of packets that the kernel refuses to send. */

import type { Micros } from "../base/time.js";
import type { EngineSnapshot, RouterReport } from "../engine/snapshot.js";
import type { Finding } from "./findings.js";
import { localTime, type WallClock } from "./wall-clock.js";

const ADVICE =
  "EPERM: a firewall rule of this host; ENETDOWN, ENETUNREACH: link or routes; EINVAL, EADDRNOTAVAIL: the source address; EMSGSIZE: the MTU; ENOBUFS: the queue of the interface is full";

/** Adverts of a MASTER, and announcements on its interface, that do not leave. */
export function aboutSending(router: RouterReport, snapshot: EngineSnapshot, clock: WallClock): Finding[] {
  const { state, sendFailure, instance } = router;
  if (state.name !== "MASTER") return [];
  const announcements = snapshot.sendTroubles
    .filter(({ what, subject }) => what === "announcement" && subject === instance.interface)
    .map(({ subject, count, error, since }) =>
      finding(`announcements on ${subject}`, count, error, since, clock),
    );
  if (sendFailure === undefined) return announcements;
  const { adverts, error, since } = sendFailure;
  return [finding("adverts", adverts, error, since, clock), ...announcements];
}

function finding(what: string, count: number, error: string, since: Micros, clock: WallClock): Finding {
  return {
    code: "cannotSend",
    severity: "warning",
    summary: `its ${what} cannot be sent: ${error}`,
    text: `${count} of its ${what} could not be sent since ${localTime(clock, since)}: ${error}`,
    advice: ADVICE,
  };
}
