/** What a virtual router wants done. The order within one answer is part of the contract. */

import type { IpAddress } from "../base/ip-address.js";
import type { RouterEvent } from "./events.js";
import type { PacketTicket } from "./sending.js";

/** A closed union. */
export type RouterAction =
  /** One complete IP packet, IPv4 or IPv6. That it was not sent comes back as {@link RouterInput} `SendFailed`. */
  | { readonly kind: "SendPacket"; readonly packet: Uint8Array; readonly ticket: PacketTicket }
  /** What shall be said for this router should the daemon die; nothing when empty. */
  | { readonly kind: "SetFarewell"; readonly packets: readonly Uint8Array[] }
  /** Hold all virtual and excluded addresses, routes and rules. */
  | { readonly kind: "AddAddresses" }
  /** Give the virtual and excluded addresses that are held a new lifetime in the kernel, or none if they shall have none. */
  | { readonly kind: "RenewAddresses" }
  /** The advert that the addresses were renewed with in this turn was not sent: they keep the lifetime that they had. */
  | { readonly kind: "WithdrawRenewal" }
  /** Let go of all virtual and excluded addresses, routes and rules. */
  | { readonly kind: "RemoveAddresses" }
  /** Gratuitous ARP or unsolicited NA for every address held. `provoked`: because of a neighbour's advert. */
  | { readonly kind: "Announce"; readonly copies: number; readonly provoked?: boolean }
  /** The same for other members of the sync group, who may have lost their neighbours' caches too. */
  | { readonly kind: "AnnounceGroup" }
  /** Gratuitous ARP or unsolicited NA for the own source address, so that unicast peers reach us at once. */
  | { readonly kind: "AnnounceSource"; readonly source: IpAddress }
  /** Master_Down ran out while a member of a sync group: the engine decides for the group. */
  | { readonly kind: "WantMaster" }
  /** No advert has left for so long that another router may serve: a fault, until `CanSend`. `error`: the name of an errno. */
  | { readonly kind: "CannotSend"; readonly error: string }
  /** A probe has left: the fault `cannotSend` has passed. */
  | { readonly kind: "CanSend" }
  | { readonly kind: "Emit"; readonly event: RouterEvent };
