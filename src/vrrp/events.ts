/** What one virtual router tells the outside: each becomes a log line, and some run notify scripts or change metrics. */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { DropReason } from "../wire/drop-reason.js";
import type { Fault, TransitionCause } from "./cause.js";

/** keepalived's states, with RFC 9568's names: INIT Initialize, BACKUP Backup, MASTER Active. FAULT is keepalived's own. */
export type RouterStateName = "INIT" | "BACKUP" | "MASTER" | "FAULT";

/** A closed union; `instance` is the `vrrp_instance` name. */
export type RouterEvent =
  /** A unicast peer is an address of this host: no advert is sent to it. */
  | { readonly kind: "LocalPeerLeftOut"; readonly instance: string; readonly address: IpAddress }
  | {
      readonly kind: "StateChanged";
      readonly instance: string;
      readonly from: RouterStateName;
      readonly to: RouterStateName;
      readonly cause: TransitionCause;
      /** Effective priority at that moment. */
      readonly priority: number;
    }
  | {
      readonly kind: "Stopped";
      readonly instance: string;
      readonly from: RouterStateName;
      /** `shutdown`, or `reload` when the new configuration has it no more. */
      readonly cause: TransitionCause;
      readonly priority: number;
    }
  | { readonly kind: "AdvertisementTimeout"; readonly instance: string }
  | {
      /** A MASTER heard an advert that it outranks. */
      readonly kind: "LowerPriorityReceived";
      readonly instance: string;
      readonly from: IpAddress;
      readonly theirs: number;
      readonly ours: number;
      /** False with `lower_prio_no_advert`. */
      readonly answered: boolean;
    }
  | {
      /** A BACKUP heard an advert that it will not follow. */
      readonly kind: "LowerPriorityDiscarded";
      readonly instance: string;
      readonly from: IpAddress;
      readonly theirs: number;
    }
  | {
      /** A MASTER heard one that outranks it, by priority or by address. */
      readonly kind: "HigherPriorityReceived";
      readonly instance: string;
      readonly from: IpAddress;
      readonly theirs: number;
      readonly ours: number;
    }
  | { readonly kind: "PriorityZeroReceived"; readonly instance: string; readonly by: "MASTER" | "BACKUP" }
  /** A unicast peer's VRRPv3 checksum is of the old kind: ours are from now on. */
  | { readonly kind: "OldChecksumAdopted"; readonly instance: string }
  | { readonly kind: "PriorityZeroSent"; readonly instance: string }
  | {
      readonly kind: "MasterChanged";
      readonly instance: string;
      readonly from: IpAddress | undefined;
      readonly to: IpAddress;
    }
  | { readonly kind: "AddressOwnerConflict"; readonly instance: string; readonly from: IpAddress }
  | {
      readonly kind: "AdvertIntervalDiffers";
      readonly instance: string;
      readonly from: IpAddress;
      readonly theirs: Micros;
      readonly ours: Micros;
    }
  | {
      /** An advert claims an interval far above ours, and its sender has not repeated it yet: `used` counts instead. */
      readonly kind: "LongIntervalDoubted";
      readonly instance: string;
      readonly from: IpAddress;
      readonly theirs: Micros;
      readonly used: Micros;
    }
  | {
      readonly kind: "AddressListDiffers";
      readonly instance: string;
      readonly from: IpAddress;
      readonly theirs: readonly IpAddress[];
      readonly ours: readonly IpAddress[];
    }
  | {
      /** With `auth_hmac`: an advert was accepted, but its sender's clock is more than half the window from ours. */
      readonly kind: "ClockSkewed";
      readonly instance: string;
      readonly from: IpAddress;
      /** Seconds that the sender is behind. */
      readonly skew: number;
      /** Seconds. */
      readonly window: number;
    }
  | {
      readonly kind: "PacketDropped";
      readonly instance: string;
      readonly from: IpAddress;
      readonly reason: DropReason;
      /** The two values that disagree, e.g. `received 3, expected 2`; never a secret. */
      readonly detail: string;
    }
  | { readonly kind: "PreemptDelayStarted"; readonly instance: string; readonly length: Micros }
  | { readonly kind: "PreemptDelayStopped"; readonly instance: string }
  | {
      readonly kind: "PriorityChanged";
      readonly instance: string;
      readonly from: number;
      readonly to: number;
    }
  /** While nothing ran here the kernel may have removed the addresses; nobody else has them yet, so they were added again. */
  | { readonly kind: "AddressesRestored"; readonly instance: string }
  | { readonly kind: "FaultRaised"; readonly instance: string; readonly fault: Fault };
