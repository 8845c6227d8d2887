/** From a packet to an advertisement that the states look at: the receive ladder, with its counters, evidence and reports. */

import type { Micros } from "../base/time.js";
import type { IpPacket } from "../wire/packet.js";
import { reportDifferences } from "./differences.js";
import type { ReceivedAdvertisement } from "./receive.js";
import type { RouterContext } from "./router-context.js";
import type { RouterState } from "./states.js";

/** The advertisement in a packet; undefined when it is dropped, which is counted, kept as evidence, and told once. */
export function acceptAdvertisement(
  context: RouterContext,
  packet: IpPacket,
  state: RouterState["name"],
  now: Micros,
): ReceivedAdvertisement | undefined {
  if (state === "INIT" || state === "FAULT") {
    context.counters.dropped.notRunning++;
    context.heard.dropped(packet.source, "notRunning", `in ${state} nothing is read`, now);
    return undefined;
  }
  const verdict = context.receiver.receive(packet, {
    priority: context.priority,
    source: context.source,
    ahHeard: context.advertiser.ahHeardFrom(packet.source),
    wall: context.wall,
  });
  const instance = context.config.name;
  if (verdict.kind === "dropped") {
    const { reason, detail, from, wellFormed } = verdict;
    context.counters.dropped[reason]++;
    if (wellFormed) context.counters.advertisementsReceived++;
    context.heard.dropped(from, reason, detail, now);
    if (context.reportOnce(`dropped ${reason}`))
      context.emit({ kind: "PacketDropped", instance, from, reason, detail });
    return undefined;
  }
  const { advertisement } = verdict;
  context.counters.advertisementsReceived++;
  context.heard.accepted(advertisement, now);
  if (advertisement.ahSequence !== undefined)
    context.advertiser.heardAhSequence(advertisement.from, advertisement.ahSequence);
  if (context.advertiser.heardChecksum(advertisement.oldChecksum))
    context.emit({ kind: "OldChecksumAdopted", instance });
  reportDifferences(context, advertisement, state === "BACKUP");
  return advertisement;
}
