/** What the engine tells the outside: the events of its virtual routers and its own. */

import type { Family, IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { CheckResult, Evidence } from "../check/check-result.js";
import type { RouterEvent, RouterStateName } from "../vrrp/events.js";
import type { ScriptResult } from "./platform.js";

/** How a script run ended, a run killed at its deadline included. */
export type ScriptOutcome = ScriptResult | { readonly kind: "timedOut" };

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
    }
  | { readonly kind: "ScriptReturned"; readonly script: string; readonly outcome: ScriptOutcome }
  | {
      readonly kind: "ScriptChanged";
      readonly script: string;
      readonly ok: boolean;
      readonly outcome: ScriptOutcome;
    }
  | { readonly kind: "ScriptStillRunning"; readonly script: string }
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
  | { readonly kind: "SendFailed"; readonly port: string; readonly error: string }
  | {
      readonly kind: "AddressFailed";
      readonly interface: string;
      readonly address: IpAddress;
      readonly error: string;
    };
