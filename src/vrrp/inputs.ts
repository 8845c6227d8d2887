/** What can happen to a virtual router. */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { IpPacket } from "../wire/packet.js";
import type { Fault, TransitionCause } from "./cause.js";
import type { VirtualRouterConfig } from "./config.js";
import type { ReceivedAdvertisement } from "./receive.js";
import type { PacketTicket } from "./sending.js";

/** A closed union. */
export type RouterInput =
  /** No timer runs out, and nothing is seized, earlier than its length after `notBefore` (`vrrp_startup_delay`). */
  | { readonly kind: "Started"; readonly notBefore: Micros }
  /** A packet for this router's VRID. */
  | { readonly kind: "PacketReceived"; readonly packet: IpPacket }
  /** The complete list of what speaks against serving; empty when all is well. */
  | { readonly kind: "FaultsChanged"; readonly faults: readonly Fault[] }
  /** Effective priority, 1…255. */
  | { readonly kind: "PriorityChanged"; readonly priority: number }
  /** Address to send from; undefined: none. */
  | { readonly kind: "SourceAddressChanged"; readonly source: IpAddress | undefined }
  /** Those of the unicast peers that are addresses of this host. */
  | { readonly kind: "LocalPeersChanged"; readonly peers: readonly IpAddress[] }
  /** UTC in µs since 1970 is this much more than the time of the inputs. */
  | { readonly kind: "WallClockRead"; readonly offset: Micros }
  /** An address that we hold was taken away by somebody else. */
  | { readonly kind: "AddressLost"; readonly address: IpAddress }
  /** A route or a rule that we hold was taken away by somebody else. */
  | {
      readonly kind: "RoutingLost";
      readonly cause: Extract<TransitionCause, { kind: "routeLost" | "ruleLost" }>;
    }
  /** The sync group moves. */
  | { readonly kind: "GroupMoved"; readonly to: "MASTER" | "BACKUP"; readonly group: string }
  /** The kernel refused a packet of this router, in the turn in which it was sent. `error`: the name of the errno. */
  | { readonly kind: "SendFailed"; readonly ticket: PacketTicket; readonly error: string }
  /** The timers were served this much too late. */
  | { readonly kind: "WokeLate"; readonly by: Micros }
  /** A reload changed the configuration; VRID, family and interface are the same. */
  | { readonly kind: "Reconfigured"; readonly config: VirtualRouterConfig; readonly inGroup: boolean }
  /** Leave, with this cause, for good. */
  | { readonly kind: "ShutdownRequested"; readonly cause: TransitionCause };

/** What is left of the inputs for the states: of packets, the advertisements that passed the receive ladder. */
export type StateInput =
  | Exclude<RouterInput, { kind: "PacketReceived" | "WallClockRead" | "LocalPeersChanged" }>
  | { readonly kind: "AdvertisementReceived"; readonly advert: ReceivedAdvertisement };
