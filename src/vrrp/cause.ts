/** Why a virtual router changed its state. Used verbatim in logs, JSON, metrics, events and `explain`. */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";

/**
 * Why a configured source address is not usable. `missing`: it is on no interface. `moved`: it was on the interface of the
 * instance and is on another one now. `elsewhere`: it is link-local and on another link. `tentative`: duplicate address detection
 * runs. `duplicate`: another host has it.
 */
export type SourceTrouble = "missing" | "moved" | "elsewhere" | "tentative" | "duplicate";

/** What keeps an instance in FAULT. */
export type Fault =
  | { readonly kind: "interfaceMissing"; readonly interface: string }
  | { readonly kind: "interfaceDown"; readonly interface: string }
  | { readonly kind: "noAddress"; readonly interface: string }
  /** The kernel gives what arrives on a port to the interface above: the instance would hear nobody. */
  | {
      readonly kind: "interfaceEnslaved";
      readonly interface: string;
      readonly master: string;
      readonly type: string;
    }
  /** The configured source address cannot be sent from. */
  | {
      readonly kind: "noSourceAddress";
      readonly address: IpAddress;
      /** Which keyword configures it. */
      readonly keyword: "unicast_src_ip" | "mcast_src_ip";
      readonly because: SourceTrouble;
      /** For `moved` and `elsewhere`: the interface of the instance. */
      readonly interface?: string;
    }
  /** The only address of the interface is a virtual one, and the instance is not the address owner (priority 255). */
  | { readonly kind: "onlyVirtualAddress"; readonly interface: string; readonly address: IpAddress }
  /** Others remove a virtual address (with its prefix length) again and again: it cannot be held here. */
  | { readonly kind: "addressContested"; readonly interface: string; readonly address: string }
  | { readonly kind: "trackedInterfaceDown"; readonly interface: string }
  | { readonly kind: "scriptFailed"; readonly script: string }
  /** A weight-0 script has not given its first result yet. */
  | { readonly kind: "scriptPending"; readonly script: string }
  /** The number in a tracked file is one that forbids to serve. */
  | { readonly kind: "fileFault"; readonly file: string }
  | { readonly kind: "noProcessQuorum"; readonly process: string }
  /** `because`: what its last probe found. */
  | { readonly kind: "checkFailed"; readonly check: string; readonly because: string }
  | { readonly kind: "syncGroup"; readonly group: string }
  | { readonly kind: "noUnicastPeer" }
  /** As MASTER it could send no advert until its peers must have taken over. The name of the errno. */
  | { readonly kind: "cannotSend"; readonly error: string }
  /** An operator wants it to stay out; `reason` in their words, empty when they gave none. */
  | { readonly kind: "drained"; readonly reason: string }
  /** A static item of a track group that the kernel does not take. */
  | { readonly kind: "staticItemMissing"; readonly item: string };

/** The cause of one transition. */
export type TransitionCause =
  | { readonly kind: "startup" }
  | { readonly kind: "addressOwner" }
  | { readonly kind: "masterDownExpired"; readonly silentFor: Micros }
  | { readonly kind: "priorityZeroReceived"; readonly from: IpAddress }
  | { readonly kind: "higherPriority"; readonly from: IpAddress; readonly priority: number }
  | { readonly kind: "tieBreakLost"; readonly from: IpAddress; readonly priority: number }
  | { readonly kind: "fault"; readonly fault: Fault }
  | { readonly kind: "faultsCleared" }
  | { readonly kind: "addressLost"; readonly address: IpAddress }
  /** The destination with its prefix length. */
  | { readonly kind: "routeLost"; readonly route: string }
  | { readonly kind: "ruleLost"; readonly preference: number }
  | { readonly kind: "syncGroup"; readonly group: string }
  | { readonly kind: "wokeLate"; readonly by: Micros }
  | { readonly kind: "reload" }
  | { readonly kind: "shutdown" };
