/** What an outsider may see of a virtual router at one moment. */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { TransitionCause } from "./cause.js";
import type { VirtualRouterConfig } from "./config.js";
import type { RouterCounters } from "./counters.js";
import type { HeardSender } from "./heard.js";
import type { SendFailure } from "./sending.js";
import type { RouterState } from "./states.js";
import type { RunningTimer } from "./timer-table.js";

/** Plain data. */
export interface RouterSnapshot {
  readonly config: VirtualRouterConfig;
  readonly state: RouterState;
  /** Effective priority. */
  readonly priority: number;
  readonly source: IpAddress | undefined;
  /** Sender of the last advert that we followed, or ourselves. */
  readonly master: { readonly address: IpAddress; readonly priority: number } | undefined;
  readonly lastCause: TransitionCause | undefined;
  readonly lastTransitionAt: Micros | undefined;
  readonly counters: RouterCounters;
  /** When an advert was last answered together with others; undefined: never. */
  readonly withheldAt: Micros | undefined;
  /** Everybody who was heard on its VRID lately. */
  readonly heard: readonly HeardSender[];
  /** Adverts in a row that did not leave; undefined while they leave. */
  readonly sendFailure: SendFailure | undefined;
  /** The timers that run, in the order in which they would be served at the same time. */
  readonly timers: readonly RunningTimer[];
  /** RFC 9568 Active_Adver_Interval: of the MASTER that a BACKUP follows, else its own, µs. */
  readonly masterAdvertInterval: Micros;
  /** The length of a BACKUP's running timer; of others Active_Down_Interval as it would be now, µs. */
  readonly masterDownInterval: Micros;
}
