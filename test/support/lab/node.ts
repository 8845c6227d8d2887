/** A VRRP router in a test, of whichever implementation: what the scenarios ask of it. */

import type { Host } from "./host.js";

/** The state of the virtual router under test; `other` is everything that is neither. */
export type RouterState = "MASTER" | "BACKUP" | "FAULT" | "other";

/** A router on a host. It may be started, stopped and started again. */
export interface RouterNode {
  readonly host: Host;
  /** "vigil" or the name of the real program, for messages. */
  readonly implementation: string;
  /** Whether it leaves MASTER when the cable is out. FRR's vrrpd does not; its address is on a device that goes down. */
  readonly seesCarrier: boolean;
  /** Starts it; resolves when it runs, not when it has a state. */
  start(): Promise<void>;
  /** Ends it as an administrator does; its peers see priority 0. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it as a power cut does: every process of it at once, with no chance to say anything. */
  kill(): Promise<void>;
  /** Its own opinion of its state. */
  state(): Promise<RouterState>;
  /** Lines of its log, of all runs, by which it rejects packets or shows a mistake of its own. */
  complaints(): readonly string[];
}
