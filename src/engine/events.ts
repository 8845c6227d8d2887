/** What the engine tells the outside: each becomes a log line, and some run notify scripts or change metrics. */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { DropReason } from "../wire/drop-reason.js";
import type { Fault, TransitionCause } from "../vrrp/cause.js";
import type { ScriptResult } from "./platform.js";

/** keepalived's states, with RFC 9568's names: INIT Initialize, BACKUP Backup, MASTER Active. */
export type RouterStateName = "INIT" | "BACKUP" | "MASTER" | "FAULT";

/** A closed union; `instance` is the `vrrp_instance` name. */
export type EngineEvent =
  | {
      readonly kind: "StateChanged";
      readonly instance: string;
      readonly from: RouterStateName;
      readonly to: RouterStateName;
      readonly cause: TransitionCause;
      readonly priority: number;
      readonly at: Micros;
    }
  | { readonly kind: "Stopped"; readonly instance: string; readonly from: RouterStateName; readonly priority: number }
  | { readonly kind: "GroupStateChanged"; readonly group: string; readonly to: RouterStateName }
  | { readonly kind: "AdvertisementTimeout"; readonly instance: string }
  | {
      readonly kind: "LowerPriorityReceived";
      readonly instance: string;
      readonly from: IpAddress;
      readonly theirs: number;
      readonly ours: number;
      readonly answered: boolean;
    }
  | { readonly kind: "LowerPriorityDiscarded"; readonly instance: string; readonly from: IpAddress; readonly theirs: number }
  | {
      readonly kind: "HigherPriorityReceived";
      readonly instance: string;
      readonly from: IpAddress;
      readonly theirs: number;
      readonly ours: number;
    }
  | { readonly kind: "PriorityZeroReceived"; readonly instance: string; readonly from: IpAddress }
  | { readonly kind: "PriorityZeroSent"; readonly instance: string }
  | { readonly kind: "MasterChanged"; readonly instance: string; readonly from: IpAddress | undefined; readonly to: IpAddress }
  | { readonly kind: "AddressOwnerConflict"; readonly instance: string; readonly from: IpAddress }
  | { readonly kind: "AdvertIntervalDiffers"; readonly instance: string; readonly from: IpAddress; readonly theirs: Micros; readonly ours: Micros }
  | { readonly kind: "AddressListDiffers"; readonly instance: string; readonly from: IpAddress; readonly theirs: readonly IpAddress[] }
  | { readonly kind: "PacketDropped"; readonly instance: string | undefined; readonly from: IpAddress | undefined; readonly reason: DropReason; readonly detail: string }
  | { readonly kind: "PreemptDelayStarted"; readonly instance: string; readonly length: Micros }
  | { readonly kind: "PreemptDelayStopped"; readonly instance: string }
  | { readonly kind: "PriorityChanged"; readonly instance: string; readonly from: number; readonly to: number }
  | { readonly kind: "FaultRaised"; readonly instance: string; readonly fault: Fault }
  | { readonly kind: "AddressesWanted"; readonly instance: string; readonly wanted: boolean; readonly which: "VIPs" | "E-VIPs" }
  | { readonly kind: "Announced"; readonly instance: string; readonly interface: string; readonly address: IpAddress; readonly copies: number }
  | { readonly kind: "ScriptFinished"; readonly script: string; readonly result: ScriptResult | { readonly kind: "timedOut" } }
  | { readonly kind: "ScriptChanged"; readonly script: string; readonly ok: boolean; readonly result: ScriptResult | { readonly kind: "timedOut" } }
  | { readonly kind: "ScriptStillRunning"; readonly script: string }
  | { readonly kind: "LinkChanged"; readonly interface: string; readonly up: boolean }
  | { readonly kind: "InterfaceAdded"; readonly interface: string }
  | { readonly kind: "InterfaceDeleted"; readonly interface: string }
  | { readonly kind: "ForeignAddressChange"; readonly interface: string; readonly address: IpAddress; readonly added: boolean }
  | { readonly kind: "SendFailed"; readonly instance: string; readonly error: string };
