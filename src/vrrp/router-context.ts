/** What all states of one virtual router share: its settings, counters and packets, and the actions of the current turn. */

import type { IpAddress } from "../base/ip-address.js";
import { after, type Micros, micros } from "../base/time.js";
import type { RouterAction } from "./actions.js";
import { Advertiser } from "./advertiser.js";
import type { TransitionCause } from "./cause.js";
import type { VirtualRouterConfig } from "./config.js";
import { newCounters } from "./counters.js";
import type { RouterEvent } from "./events.js";
import { HeardSenders } from "./heard.js";
import { HmacAuthentication } from "./hmac.js";
import { Receiver } from "./receive.js";
import { type PacketPurpose, Sending } from "./sending.js";
import { masterDownInterval, PRIORITY_STOP, skewTime } from "./timers.js";

/** How an advert is sent. */
interface SendOptions {
  readonly counted?: boolean;
  readonly handover?: boolean;
  readonly purpose?: PacketPurpose;
}

/** Mutable; belongs to one {@link VirtualRouter}. */
export class RouterContext {
  config: VirtualRouterConfig;
  /** Effective priority. */
  priority: number;
  source: IpAddress | undefined;
  /** Sender of the last advert that we followed, or ourselves. */
  master: { readonly address: IpAddress; readonly priority: number } | undefined;
  /** The last change of state. */
  lastTransition: { readonly cause: TransitionCause; readonly at: Micros } | undefined;
  /** Timers that are set before this start here. */
  notBefore: Micros = micros(0);
  /** Belongs to a sync group, which decides about becoming MASTER. */
  inGroup: boolean;
  counters = newCounters();
  /** When an advert was last answered together with others. */
  withheldAt: Micros | undefined;
  readonly #hmac: HmacAuthentication;
  /** What to add to the time of the engine's clock to have UTC in µs since 1970. */
  wallOffset: Micros = micros(0);
  #now: Micros = micros(0);
  readonly advertiser: Advertiser;
  readonly receiver: Receiver;
  /** What became of its adverts. */
  readonly sending = new Sending();
  /** Evidence of who sends what. */
  readonly heard = new HeardSenders();
  /** Kinds of packet errors already reported since the last change of state or MASTER: one line each. */
  readonly #reported = new Set<string>();
  #out: RouterAction[] = [];

  constructor(config: VirtualRouterConfig, inGroup: boolean) {
    this.config = config;
    this.priority = config.priority;
    this.inGroup = inGroup;
    this.#hmac = new HmacAuthentication(config.authHmac);
    this.advertiser = new Advertiser(config, this.#hmac);
    this.receiver = new Receiver(config, this.#hmac);
  }

  /** Begins a turn: forgets the actions of the one before. */
  begin(now: Micros): void {
    this.#out = [];
    this.#now = now;
  }

  /** UTC at the beginning of this turn, µs since 1970. */
  get wall(): Micros {
    return after(this.#now, this.wallOffset);
  }

  /** Takes over changed settings; sequences, counters and what was heard stay. */
  reconfigure(config: VirtualRouterConfig): void {
    this.config = config;
    this.#hmac.reconfigure(config.authHmac);
    this.advertiser.reconfigure(config);
    this.receiver.reconfigure(config);
  }

  /** Sends no adverts to those of the unicast peers that are addresses of this host. */
  leaveOutPeers(peers: readonly IpAddress[]): void {
    const { name: instance } = this.config;
    for (const address of peers) this.emit({ kind: "LocalPeerLeftOut", instance, address });
    this.advertiser.leaveOut(peers);
  }

  /** The actions of this turn, in order. */
  get actions(): readonly RouterAction[] {
    return this.#out;
  }

  /** Adds an action. */
  act(action: RouterAction): void {
    this.#out.push(action);
  }

  /** Tells the outside. */
  emit(event: RouterEvent): void {
    this.#out.push({ kind: "Emit", event });
  }

  /**
   * Sends one advert, to the group or to each unicast peer. `counted`: false for the second of a pair. `handover`: of a MASTER
   * that waits for its successor.
   */
  send(priority: number, { counted = true, handover = false, purpose = "advert" }: SendOptions = {}): void {
    if (this.source === undefined) return;
    const packets = this.advertiser.packets(priority, this.source, this.wall, handover);
    const advert = this.sending.begin(packets.length);
    for (const packet of packets) this.act({ kind: "SendPacket", packet, ticket: { purpose, advert } });
    if (counted) this.counters.advertisementsSent++;
  }

  /** What the world shall say for us should we die now. */
  prepareFarewell(): void {
    if (this.source !== undefined)
      this.act({ kind: "SetFarewell", packets: this.advertiser.farewell(this.source) });
  }

  /** Sends adverts of priority 0, which count as one. `handover`: of a MASTER that waits for its successor. */
  resign(adverts: number, handover: boolean): void {
    for (let i = 0; i < adverts; i++)
      this.send(PRIORITY_STOP, { counted: i === 0, handover, purpose: "priorityZero" });
    this.counters.priorityZeroSent++;
    this.emit({ kind: "PriorityZeroSent", instance: this.config.name });
  }

  /** Lets go of everything a MASTER holds. `stopAdverts`: how many adverts of priority 0 to send first. */
  releaseMaster(stopAdverts: number): void {
    this.counters.releasedMaster++;
    if (stopAdverts > 0) this.resign(stopAdverts, false);
    this.act({ kind: "RemoveAddresses" });
    this.act({ kind: "SetFarewell", packets: [] });
  }

  /** Master_Down_Interval at our priority for a MASTER with this interval. */
  downInterval(masterAdvertInterval: Micros): Micros {
    const { version, downTimerAdverts } = this.config;
    return masterDownInterval({ version, priority: this.priority, masterAdvertInterval, downTimerAdverts });
  }

  /** Skew_Time at our priority for a MASTER with this interval. */
  skew(masterAdvertInterval: Micros): Micros {
    return skewTime({ version: this.config.version, priority: this.priority, masterAdvertInterval });
  }

  /** True the first time since the last change of state or MASTER. */
  reportOnce(what: string): boolean {
    if (this.#reported.has(what)) return false;
    this.#reported.add(what);
    return true;
  }

  /** After a change of state or MASTER everything is worth a line again. */
  forgetReports(): void {
    this.#reported.clear();
  }
}
