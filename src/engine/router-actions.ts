/** What virtual routers want done, carried out in the order in which they want it. */

import { unreachable } from "../base/assert.js";
import type { Micros } from "../base/time.js";
import type { RouterAction } from "../vrrp/actions.js";
import type { RouterEvent } from "../vrrp/events.js";
import type { PacketTicket } from "../vrrp/sending.js";
import type { Announcements } from "./announcing/announcement-queue.js";
import type { Announcer } from "./announcing/announcer.js";
import type { ExtraAnnouncements } from "./announcing/extra-announcements.js";
import { setFarewell } from "./farewell.js";
import type { Holdings } from "./holding/holdings.js";
import type { Member } from "./member.js";
import type { Platform } from "./platform.js";
import { routerKeyOf } from "./ports.js";
import type { SendResults } from "./send-results.js";
import type { SyncGroups } from "./sync-groups.js";

/** The parts of the engine that actions are for. */
export interface ActionTargets {
  readonly platform: Platform;
  readonly holdings: Holdings;
  readonly announcements: Announcements;
  readonly announcer: Announcer;
  readonly extraAnnouncements: ExtraAnnouncements;
  readonly groups: SyncGroups;
  readonly sendResults: SendResults;
  /** A router cannot send, with the name of an errno, or can again. */
  readonly sendability: (member: Member, error: string | undefined, now: Micros) => void;
  /** Something worth telling happened to a router. */
  readonly emit: (member: Member, event: RouterEvent, now: Micros) => void;
}

/** Carries out the actions of one turn of a member's router. */
export function performActions(
  targets: ActionTargets,
  member: Member,
  actions: readonly RouterAction[],
  now: Micros,
): void {
  for (const action of actions) perform(targets, member, action, now);
}

function perform(targets: ActionTargets, member: Member, action: RouterAction, now: Micros): void {
  const { platform, holdings, announcements, announcer, extraAnnouncements, groups } = targets;
  switch (action.kind) {
    case "SendPacket":
      send(targets, member, action.packet, action.ticket, now);
      break;
    case "SetFarewell":
      setFarewell(platform, member.instance, action.packets);
      break;
    case "AddAddresses":
      holdings.take(member, now);
      extraAnnouncements.begin(member, now);
      break;
    case "RenewAddresses":
      holdings.renew(member);
      break;
    case "WithdrawRenewal":
      platform.withdrawRenewal(member.held);
      break;
    case "CannotSend":
      targets.sendability(member, action.error, now);
      break;
    case "CanSend":
      targets.sendability(member, undefined, now);
      break;
    case "RemoveAddresses":
      announcements.cancel(member);
      extraAnnouncements.end(member);
      holdings.release(member, now);
      break;
    case "Announce":
      announcer.announce(member, member.held, action.copies, now, action.provoked);
      break;
    case "AnnounceGroup":
      for (const other of groups.othersWith(member)) {
        const copies = other.instance.garp.lowerPrioRepeat;
        if (copies > 0) announcer.announce(other, other.held, copies, now, true);
      }
      break;
    case "AnnounceSource":
      announcer.announceSource(member, action.source, now);
      break;
    case "WantMaster":
      groups.wantMaster(member);
      break;
    case "Emit":
      targets.emit(member, action.event, now);
      break;
    default:
      unreachable(action);
  }
}

function send(
  { platform, sendResults }: ActionTargets,
  member: Member,
  packet: Uint8Array,
  ticket: PacketTicket,
  now: Micros,
): void {
  if (ticket.advert !== member.lastAdvert) {
    member.lastAdvert = ticket.advert;
    sendResults.tried("advert", member.instance.name, now);
  }
  platform.sendPacket(member.sendPortId, packet, { ...ticket, router: routerKeyOf(member.instance) });
}
