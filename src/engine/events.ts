/** What the engine tells the outside: the events of its virtual routers and its own. */

import type { Family, IpAddress } from "../base/ip-address.js";
import type { Route, Rule } from "../base/routing.js";
import type { Micros } from "../base/time.js";
import type { CheckResult, Evidence } from "../check/check-result.js";
import type { StaticAddress } from "../config/config.js";
import type { TransitionCause } from "../vrrp/cause.js";
import type { RouterEvent, RouterStateName } from "../vrrp/events.js";
import type { ScriptResult } from "./platform.js";
import type { SentThing } from "./send-results.js";

/** How a script run ended, a run killed at its deadline included. */
export type ScriptOutcome = ScriptResult | { readonly kind: "timedOut" };

/** What a MASTER holds, in keepalived's words. */
export type HoldingsPart = "VIPs" | "E-VIPs" | "Virtual Routes" | "Virtual Rules";

/** Something that is kept in the kernel: a line of a virtual or a static block. */
export type HeldItem =
  | { readonly kind: "address"; readonly address: StaticAddress }
  | { readonly kind: "route"; readonly route: Route }
  | { readonly kind: "rule"; readonly rule: Rule };

/** A route or a rule that a MASTER held and somebody else deleted. */
export type RoutingLoss = Extract<TransitionCause, { kind: "routeLost" | "ruleLost" }>;

/** A closed union. */
export type EngineEvent =
  | RouterEvent
  | { readonly kind: "GroupStateChanged"; readonly group: string; readonly to: RouterStateName }
  | {
      readonly kind: "Announced";
      readonly instance: string;
      readonly interface: string;
      readonly address: IpAddress;
      readonly family: Family;
      readonly copies: number;
      /** Because of a neighbour's advert. */
      readonly provoked?: boolean;
    }
  | { readonly kind: "ScriptReturned"; readonly script: string; readonly outcome: ScriptOutcome }
  | {
      readonly kind: "ScriptChanged";
      readonly script: string;
      readonly ok: boolean;
      readonly outcome: ScriptOutcome;
    }
  | { readonly kind: "ScriptStillRunning"; readonly script: string }
  /** `log_unknown_vrids`: an advert for a VRID that no instance has; `interface` is undefined where unicast has none. */
  | { readonly kind: "UnknownVrid"; readonly vrid: number; readonly interface: string | undefined }
  /** Enough processes of a `vrrp_track_process` run, and not too many; or not. */
  | { readonly kind: "ProcessQuorumChanged"; readonly process: string; readonly ok: boolean }
  /** A change of a link that `interface_up_down_delays` holds back for `length` µs; undefined: it was undone meanwhile. */
  | {
      readonly kind: "LinkDelayed";
      readonly interface: string;
      readonly up: boolean;
      readonly length: Micros | undefined;
    }
  /** `polled`: told by linkbeat, not by rtnetlink. */
  | {
      readonly kind: "LinkChanged";
      readonly interface: string;
      readonly up: boolean;
      readonly polled: boolean;
    }
  /** A check's probe found something else than the one before. */
  | { readonly kind: "CheckReturned"; readonly check: string; readonly result: CheckResult }
  | {
      readonly kind: "CheckChanged";
      readonly check: string;
      readonly ok: boolean;
      /** Why it failed. */
      readonly because: { readonly evidence: Evidence; readonly text: string } | undefined;
    }
  /** A MASTER keeps the addresses although a check fails: nobody better is known. */
  | { readonly kind: "AddressesKept"; readonly instance: string }
  /** No longer: a peer is fit; a node may be there of which nothing trustworthy is known; or it has lasted too long. */
  | {
      readonly kind: "AddressesKeptNoLonger";
      readonly instance: string;
      readonly because: "peerFit" | "stranger" | "limit";
    }
  /** The script of a check's name goes on succeeding while the check fails: it looks at the wrong place. */
  | { readonly kind: "CheckContradicted"; readonly check: string }
  | { readonly kind: "InterfaceAdded"; readonly interface: string }
  | { readonly kind: "InterfaceDeleted"; readonly interface: string }
  | {
      readonly kind: "ForeignAddressChange";
      readonly interface: string;
      readonly address: IpAddress;
      readonly added: boolean;
    }
  | {
      readonly kind: "HoldingsChanging";
      readonly instance: string;
      readonly action: "setting" | "removing";
      readonly which: HoldingsPart;
    }
  /** Somebody else deleted what a MASTER holds. */
  | { readonly kind: "ForeignRoutingChange"; readonly instance: string; readonly cause: RoutingLoss }
  /** An error in Vigil: the deadline of `what` is due again each time it is served. It is now served rarely. Told once. */
  | { readonly kind: "DeadlineStandsStill"; readonly what: string }
  | { readonly kind: "StaticRestored"; readonly item: HeldItem }
  /** The first of a row of things that were not sent; see send-results.ts. */
  | {
      readonly kind: "SendingFailed";
      readonly what: SentThing;
      readonly subject: string;
      readonly error: string;
    }
  /** The row has ended, after `count` packets and `length` µs. */
  | {
      readonly kind: "SendingRecovered";
      readonly what: SentThing;
      readonly subject: string;
      readonly count: number;
      readonly length: Micros;
    }
  /** The kernel refuses to add an item, or to remove it (`stays`), from now on; tried again. Told once. */
  | {
      readonly kind: "HoldingFailed";
      readonly item: HeldItem;
      readonly stays: boolean;
      /** Name of the errno. */
      readonly error: string;
    }
  /** Others removed an item for the third time within minutes: from now on it is added again with growing pauses. Told once. */
  | { readonly kind: "HoldingContested"; readonly item: HeldItem; readonly losses: number }
  /** The end of `HoldingFailed` (with its errno) and of `HoldingContested`. `after`: how long that lasted, µs. */
  | {
      readonly kind: "HoldingSettled";
      readonly item: HeldItem;
      readonly after: Micros;
      readonly error: string;
    }
  /** Others removed an address of a MASTER; `steps`: it leaves that state for a moment, as keepalived does. */
  | {
      readonly kind: "HoldingLost";
      readonly instance: string;
      readonly address: IpAddress;
      readonly interface: string;
      readonly steps: boolean;
    }
  /** A virtual address was on this host although a MASTER elsewhere holds it; it is removed. */
  | {
      readonly kind: "LeftoverRemoved";
      readonly instance: string;
      readonly address: IpAddress;
      readonly interface: string;
    }
  /** The MAC address of an interface changed: neighbours are told where the addresses on it are now. */
  | { readonly kind: "MacChanged"; readonly interface: string; readonly from: string; readonly to: string };
