/**
 * One virtual router: the state machine of RFC 9568 §6.4 and RFC 3768 §6.4, and keepalived's where it differs. Pure and
 * synchronous: inputs and the time go in, ordered actions come out; deadlines are numbers in the state.
 */

import { unreachable } from "../base/assert.js";
import { compareAddresses, type IpAddress } from "../base/ip-address.js";
import { after, earlier, type Micros, micros } from "../base/time.js";
import type { RouterAction } from "./actions.js";
import { Advertiser } from "./advertiser.js";
import type { Fault, TransitionCause } from "./cause.js";
import type { VirtualRouterConfig } from "./config.js";
import { newCounters, type RouterCounters } from "./counters.js";
import type { RouterEvent } from "./events.js";
import type { RouterInput } from "./inputs.js";
import { type ReceivedAdvertisement, Receiver } from "./receive.js";
import type { BackupState, MasterState, RouterState } from "./states.js";
import { masterDownInterval, PRIORITY_OWNER, PRIORITY_STOP, skewTime, takeoverPossibleAfter } from "./timers.js";

/** What an outsider may see of a virtual router at one moment. */
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
}

/** The machine. Every method is synchronous, allocates little and never throws for anything that a peer can send. */
export class VirtualRouter {
  #config: VirtualRouterConfig;
  #state: RouterState = { name: "INIT", faults: [] };
  #priority: number;
  #source: IpAddress | undefined;
  #master: { address: IpAddress; priority: number } | undefined;
  #lastCause: TransitionCause | undefined;
  #lastTransitionAt: Micros | undefined;
  #started = false;
  /** Belongs to a sync group, which decides about becoming MASTER. */
  #inGroup: boolean;
  readonly #counters = newCounters();
  readonly #advertiser: Advertiser;
  readonly #receiver: Receiver;
  /** Kinds of packet errors already reported since the last change of state or MASTER: one line each. */
  readonly #reported = new Set<string>();
  #out: RouterAction[] = [];

  constructor(config: VirtualRouterConfig, inGroup: boolean) {
    this.#config = config;
    this.#priority = config.priority;
    this.#inGroup = inGroup;
    this.#advertiser = new Advertiser(config);
    this.#receiver = new Receiver(config);
  }

  /** The name of its state. */
  get stateName(): RouterState["name"] {
    return this.#state.name;
  }

  /** True while it belongs to a sync group. */
  get inGroup(): boolean {
    return this.#inGroup;
  }

  /** Takes one input at the time `now`; the returned actions are to be carried out in order. */
  handle(input: RouterInput, now: Micros): readonly RouterAction[] {
    this.#out = [];
    switch (input.kind) {
      case "Started":
        this.#start(now);
        break;
      case "PacketReceived":
        this.#receive(input, now);
        break;
      case "FaultsChanged":
        this.#faultsChanged(input.faults, now);
        break;
      case "PriorityChanged":
        this.#priorityChanged(input.priority);
        break;
      case "SourceAddressChanged":
        this.#source = input.source;
        break;
      case "AddressLost":
        this.#addressLost(input.address, now);
        break;
      case "GroupMoved":
        this.#groupMoved(input.to, input.group, now);
        break;
      case "WokeLate":
        this.#wokeLate(input.by, now);
        break;
      case "Reconfigured":
        this.#inGroup = input.inGroup;
        this.#reconfigure(input.config, now);
        break;
      case "AdvertisementRequested":
        if (this.#state.name === "MASTER") this.#advertise(this.#state, now);
        break;
      case "ShutdownRequested":
        this.#shutdown(input.cause, now);
        break;
      default:
        unreachable(input);
    }
    return this.#out;
  }

  /** Serves every deadline up to `now`; called early it does nothing. */
  handleTimeout(now: Micros): readonly RouterAction[] {
    this.#out = [];
    if (this.#state.name === "BACKUP" && now >= this.#state.masterDownAt) this.#masterDownExpired(this.#state, now);
    if (this.#state.name === "MASTER") this.#masterTimeout(this.#state, now);
    return this.#out;
  }

  /** The earliest instant at which {@link handleTimeout} has work; undefined: none until the next input. */
  nextDeadline(): Micros | undefined {
    const state = this.#state;
    if (state.name === "BACKUP") return state.masterDownAt;
    if (state.name !== "MASTER") return undefined;
    return earlier(
      earlier(state.advertAt, state.announceAt),
      earlier(state.refreshAt, state.lowerPrioAnnounceAt),
    );
  }

  /** The state as it is now; shared, not copied: do not change it. */
  snapshot(): RouterSnapshot {
    return {
      config: this.#config,
      state: this.#state,
      priority: this.#priority,
      source: this.#source,
      master: this.#master,
      lastCause: this.#lastCause,
      lastTransitionAt: this.#lastTransitionAt,
      counters: this.#counters,
    };
  }

  // ---- entering states

  #start(now: Micros): void {
    if (this.#state.name !== "INIT") return;
    this.#started = true;
    const real = this.#state.faults.filter((fault) => fault.kind !== "scriptPending");
    const first = real[0];
    if (first !== undefined) this.#enterFault(real, { kind: "fault", fault: first }, now);
    else if (this.#state.faults.length > 0) return;
    else this.#enterFirst({ kind: "startup" }, now);
  }

  /** From INIT: an address owner takes over at once, everybody else listens first, even with `state MASTER`. */
  #enterFirst(cause: TransitionCause, now: Micros): void {
    const owner = this.#config.priority === PRIORITY_OWNER && this.#config.initialState === "MASTER";
    if (owner && !this.#inGroup) return this.#enterMaster({ kind: "addressOwner" }, now);
    const { advertInterval, version, initialState } = this.#config;
    // In a group the group decides; one that would be MASTER lets one interval pass to hear whether another one is.
    const eager = this.#inGroup && initialState === "MASTER";
    const oneStep = skewTime({ version, priority: PRIORITY_OWNER, masterAdvertInterval: advertInterval });
    const interval = eager ? micros(advertInterval + oneStep) : this.#downInterval(advertInterval);
    this.#enterBackup(cause, interval, now);
  }

  #enterBackup(cause: TransitionCause, interval: Micros, now: Micros, masterAdvertInterval?: Micros): void {
    this.#transition(
      {
        name: "BACKUP",
        masterDownAt: after(now, interval),
        masterDownInterval: interval,
        masterAdvertInterval: masterAdvertInterval ?? this.#config.advertInterval,
        heardAt: undefined,
        preemptAt: undefined,
        wantsMaster: false,
        priorityZeroFrom: undefined,
        graceGiven: false,
      },
      cause,
      now,
    );
    if (cause.kind === "faultsCleared" && this.#config.unicastPeers.length > 0 && this.#source !== undefined) {
      this.#out.push({ kind: "AnnounceSource", source: this.#source });
    }
  }

  /** RFC 9568 §6.4.2 (365)-(390): the advert first, so that the old MASTER lets go before we announce the addresses. */
  #enterMaster(cause: TransitionCause, now: Micros): void {
    const { garp } = this.#config;
    this.#send(this.#priority);
    if (this.#source !== undefined) this.#master = { address: this.#source, priority: this.#priority };
    this.#counters.becameMaster++;
    this.#transition(
      {
        name: "MASTER",
        advertAt: after(now, this.#config.advertInterval),
        advertSentAt: now,
        announceAt: garp.masterDelay > 0 ? after(now, garp.masterDelay) : undefined,
        refreshAt:
          garp.masterRefresh > 0 ? after(now, micros(garp.masterDelay + garp.masterRefresh)) : undefined,
        lowerPrioAnnounceAt: undefined,
      },
      cause,
      now,
    );
    this.#changeAddresses("setting");
    this.#out.push({ kind: "Announce", copies: garp.masterRepeat });
  }

  #enterFault(faults: readonly Fault[], cause: TransitionCause, now: Micros): void {
    this.#transition({ name: "FAULT", faults }, cause, now);
  }

  /** Lets go of everything a MASTER holds. `stopAdverts`: how many adverts of priority 0 to send first. */
  #releaseMaster(stopAdverts: number): void {
    this.#counters.releasedMaster++;
    for (let i = 0; i < stopAdverts; i++) this.#send(PRIORITY_STOP, i === 0);
    if (stopAdverts > 0) {
      this.#counters.priorityZeroSent++;
      this.#emit({ kind: "PriorityZeroSent", instance: this.#config.name });
    }
    this.#changeAddresses("removing");
  }

  #changeAddresses(action: "setting" | "removing"): void {
    const instance = this.#config.name;
    if (this.#config.virtualAddresses.length > 0)
      this.#emit({ kind: "AddressesChanging", instance, action, which: "VIPs" });
    if (this.#config.excludedAddresses.length > 0)
      this.#emit({ kind: "AddressesChanging", instance, action, which: "E-VIPs" });
    this.#out.push({ kind: action === "setting" ? "AddAddresses" : "RemoveAddresses" });
  }

  #transition(state: RouterState, cause: TransitionCause, now: Micros): void {
    const from = this.#state.name;
    this.#state = state;
    this.#lastCause = cause;
    this.#lastTransitionAt = now;
    this.#reported.clear();
    this.#emit({
      kind: "StateChanged",
      instance: this.#config.name,
      from,
      to: state.name,
      cause,
      priority: this.#priority,
    });
  }

  // ---- timers

  #downInterval(masterAdvertInterval: Micros): Micros {
    const { version, downTimerAdverts } = this.#config;
    return masterDownInterval({ version, priority: this.#priority, masterAdvertInterval, downTimerAdverts });
  }

  #skew(masterAdvertInterval: Micros): Micros {
    return skewTime({ version: this.#config.version, priority: this.#priority, masterAdvertInterval });
  }

  #masterDownExpired(state: BackupState, now: Micros): void {
    this.#emit({ kind: "AdvertisementTimeout", instance: this.#config.name });
    if (this.#inGroup) {
      const interval = this.#downInterval(this.#config.advertInterval);
      this.#state = {
        ...state,
        wantsMaster: true,
        masterDownAt: after(now, interval),
        masterDownInterval: interval,
      };
      this.#out.push({ kind: "WantMaster" });
      return;
    }
    this.#enterMaster(this.#takeoverCause(state, now), now);
  }

  #takeoverCause(state: BackupState, now: Micros): TransitionCause {
    if (state.priorityZeroFrom !== undefined) return { kind: "priorityZeroReceived", from: state.priorityZeroFrom };
    return {
      kind: "masterDownExpired",
      silentFor: micros(now - (state.heardAt ?? this.#lastTransitionAt ?? now)),
    };
  }

  #masterTimeout(entered: MasterState, now: Micros): void {
    const { garp } = this.#config;
    let state = entered;
    if (now >= state.advertAt) state = this.#advertise(state, now);
    if (state.announceAt !== undefined && now >= state.announceAt) {
      this.#out.push({ kind: "Announce", copies: garp.masterRepeat });
      state = { ...state, announceAt: undefined };
    }
    if (state.lowerPrioAnnounceAt !== undefined && now >= state.lowerPrioAnnounceAt) {
      this.#out.push({ kind: "Announce", copies: garp.lowerPrioRepeat });
      state = { ...state, lowerPrioAnnounceAt: undefined };
    }
    if (state.refreshAt !== undefined && now >= state.refreshAt) {
      this.#out.push({ kind: "Announce", copies: garp.masterRefreshRepeat });
      state = { ...state, refreshAt: after(now, garp.masterRefresh) };
    }
    this.#state = state;
  }

  /** Sends an advert and sets the next one; keeps the beat unless it is already lost. */
  #advertise(state: MasterState, now: Micros): MasterState {
    const interval = this.#config.advertInterval;
    this.#send(this.#priority);
    const onBeat = after(state.advertAt, interval);
    const due = now >= state.advertAt && onBeat > now;
    const next: MasterState = { ...state, advertSentAt: now, advertAt: due ? onBeat : after(now, interval) };
    this.#state = next;
    return next;
  }

  #wokeLate(by: Micros, now: Micros): void {
    const state = this.#state;
    if (state.name === "BACKUP") {
      // We slept through adverts that may have been sent: listen for one more interval, once, before seizing.
      if (state.graceGiven || now < state.masterDownAt || by * 2 < state.masterAdvertInterval) return;
      const wait = micros(state.masterAdvertInterval + this.#skew(state.masterAdvertInterval));
      this.#state = { ...state, graceGiven: true, masterDownAt: after(now, wait), masterDownInterval: wait };
      return;
    }
    if (state.name !== "MASTER" || this.#priority === PRIORITY_OWNER) return;
    const { advertInterval, downTimerAdverts } = this.#config;
    if (now - state.advertSentAt < takeoverPossibleAfter(advertInterval, downTimerAdverts)) return;
    // Somebody may hold the addresses by now. Leave without an advert of priority 0, which would unseat them, and listen.
    this.#releaseMaster(0);
    this.#enterBackup({ kind: "wokeLate", by }, micros(advertInterval + this.#skew(advertInterval)), now);
  }

  // ---- inputs other than packets

  #faultsChanged(faults: readonly Fault[], now: Micros): void {
    const state = this.#state;
    const real = faults.filter((fault) => fault.kind !== "scriptPending");
    const first = real[0];
    const known = state.name === "FAULT" || state.name === "INIT" ? state.faults : [];
    for (const fault of real) {
      if (!known.some((old) => sameFault(old, fault)))
        this.#emit({ kind: "FaultRaised", instance: this.#config.name, fault });
    }
    switch (state.name) {
      case "INIT": {
        this.#state = { name: "INIT", faults };
        if (!this.#started) return;
        if (first !== undefined) this.#enterFault(real, { kind: "fault", fault: first }, now);
        else if (faults.length === 0) this.#enterFirst({ kind: "faultsCleared" }, now);
        return;
      }
      case "FAULT":
        if (faults.length > 0) this.#state = { name: "FAULT", faults };
        else this.#enterBackup({ kind: "faultsCleared" }, this.#downInterval(this.#config.advertInterval), now);
        return;
      case "BACKUP":
        if (first !== undefined) this.#enterFault(real, { kind: "fault", fault: first }, now);
        return;
      case "MASTER":
        if (first === undefined) return;
        // keepalived says goodbye twice when it falls by itself, once when its group pulls it down.
        this.#releaseMaster(this.#source === undefined ? 0 : first.kind === "syncGroup" ? 1 : 2);
        this.#enterFault(real, { kind: "fault", fault: first }, now);
        return;
      default:
        unreachable(state);
    }
  }

  #priorityChanged(priority: number): void {
    if (priority === this.#priority) return;
    this.#emit({ kind: "PriorityChanged", instance: this.#config.name, from: this.#priority, to: priority });
    this.#priority = priority;
    const state = this.#state;
    if (state.name !== "BACKUP") return;
    // The running timer moves by the difference of the skews.
    const interval = this.#downInterval(state.masterAdvertInterval);
    const shift = interval - state.masterDownInterval;
    this.#state = {
      ...state,
      masterDownAt: after(state.masterDownAt, micros(shift)),
      masterDownInterval: interval,
    };
  }

  /** keepalived: a VIP deleted under a MASTER makes it step down and return after the skew time. */
  #addressLost(address: IpAddress, now: Micros): void {
    if (this.#state.name !== "MASTER") return;
    this.#releaseMaster(1);
    this.#enterBackup({ kind: "addressLost", address }, this.#skew(this.#config.advertInterval), now);
  }

  #groupMoved(to: "MASTER" | "BACKUP", group: string, now: Micros): void {
    const state = this.#state;
    const cause: TransitionCause = { kind: "syncGroup", group };
    if (to === "MASTER" && state.name === "BACKUP") {
      this.#enterMaster(state.wantsMaster ? this.#takeoverCause(state, now) : cause, now);
    } else if (to === "BACKUP" && state.name === "MASTER") {
      this.#releaseMaster(0);
      this.#enterBackup(cause, this.#downInterval(this.#config.advertInterval), now);
    }
  }

  #reconfigure(config: VirtualRouterConfig, now: Micros): void {
    this.#config = config;
    this.#advertiser.reconfigure(config);
    this.#receiver.reconfigure(config);
    const state = this.#state;
    if (state.name === "MASTER") {
      const soonest = after(now, config.advertInterval);
      this.#state = { ...state, advertAt: state.advertAt < soonest ? state.advertAt : soonest };
    } else if (state.name === "BACKUP") {
      const advertInterval = config.version === 2 ? config.advertInterval : state.masterAdvertInterval;
      const interval = this.#downInterval(advertInterval);
      this.#state = {
        ...state,
        masterAdvertInterval: advertInterval,
        masterDownAt: after(state.masterDownAt, micros(interval - state.masterDownInterval)),
        masterDownInterval: interval,
      };
    }
  }

  #shutdown(cause: TransitionCause, now: Micros): void {
    const from = this.#state.name;
    if (from === "MASTER") this.#releaseMaster(1);
    this.#state = { name: "INIT", faults: [] };
    this.#lastCause = cause;
    this.#lastTransitionAt = now;
    this.#emit({ kind: "Stopped", instance: this.#config.name, from, priority: this.#priority });
  }

  // ---- packets

  #receive(input: Extract<RouterInput, { kind: "PacketReceived" }>, now: Micros): void {
    const state = this.#state;
    if (state.name === "INIT" || state.name === "FAULT") {
      this.#counters.dropped.notRunning++;
      return;
    }
    const verdict = this.#receiver.receive(input.packet, {
      priority: this.#priority,
      source: this.#source,
      ahSequence: this.#advertiser.ahSequence,
    });
    if (verdict.kind === "dropped") {
      this.#counters.dropped[verdict.reason]++;
      const { reason, detail, from } = verdict;
      if (this.#reportOnce(`dropped ${reason}`))
        this.#emit({ kind: "PacketDropped", instance: this.#config.name, from, reason, detail });
      return;
    }
    const advert = verdict.advertisement;
    this.#counters.advertisementsReceived++;
    if (advert.ahSequence !== undefined) this.#advertiser.heardAhSequence(advert.ahSequence);
    this.#reportDifferences(advert, state.name === "BACKUP");
    if (state.name === "BACKUP") this.#backupOnAdvertisement(state, advert, now);
    else this.#masterOnAdvertisement(state, advert, now);
  }

  #reportDifferences(advert: ReceivedAdvertisement, isBackup: boolean): void {
    const instance = this.#config.name;
    const { from } = advert;
    if (advert.advertInterval !== this.#config.advertInterval && this.#reportOnce("advertInterval")) {
      const { advertInterval } = this.#config;
      this.#emit({ kind: "AdvertIntervalDiffers", instance, from, theirs: advert.advertInterval, ours: advertInterval });
    }
    const known = isBackup && this.#config.skipCheckAdvAddr && this.#master?.address === from;
    if (advert.addressesMatch || known) return;
    this.#counters.addressListDiffers++;
    if (!this.#reportOnce("addressList")) return;
    const ours = this.#config.virtualAddresses.map((line) => line.address);
    this.#emit({ kind: "AddressListDiffers", instance, from, theirs: advert.addresses(), ours });
  }

  /** RFC 9568 §6.4.2 (420)-(480), with keepalived's preempt_delay. */
  #backupOnAdvertisement(state: BackupState, advert: ReceivedAdvertisement, now: Micros): void {
    const instance = this.#config.name;
    if (this.#master?.address !== advert.from) {
      this.#emit({ kind: "MasterChanged", instance, from: this.#master?.address, to: advert.from });
      this.#reported.clear();
    }
    if (advert.priority === PRIORITY_STOP) {
      this.#counters.priorityZeroReceived++;
      this.#emit({ kind: "PriorityZeroReceived", instance, by: "BACKUP" });
      const skew = this.#skew(state.masterAdvertInterval);
      this.#state = {
        ...state,
        masterDownAt: after(now, skew),
        masterDownInterval: skew,
        priorityZeroFrom: advert.from,
      };
      return;
    }
    this.#master = { address: advert.from, priority: advert.priority };
    const delaying =
      this.#config.preemptDelay > 0 && (state.preemptAt === undefined || now < state.preemptAt);
    if (this.#config.preempt && advert.priority < this.#priority && !delaying) {
      if (this.#reportOnce("lower"))
        this.#emit({ kind: "LowerPriorityDiscarded", instance, from: advert.from, theirs: advert.priority });
      return;
    }
    const masterAdvertInterval =
      this.#config.version === 3 ? advert.advertInterval : this.#config.advertInterval;
    const interval = this.#downInterval(masterAdvertInterval);
    this.#state = {
      name: "BACKUP",
      masterDownAt: after(now, interval),
      masterDownInterval: interval,
      masterAdvertInterval,
      heardAt: now,
      preemptAt: this.#nextPreemptAt(state, advert.priority, now),
      wantsMaster: false,
      priorityZeroFrom: undefined,
      graceGiven: false,
    };
  }

  #nextPreemptAt(state: BackupState, theirs: number, now: Micros): Micros | undefined {
    const { preemptDelay, name: instance } = this.#config;
    if (preemptDelay === 0) return undefined;
    if (theirs >= this.#priority) {
      if (state.preemptAt !== undefined) this.#emit({ kind: "PreemptDelayStopped", instance });
      return undefined;
    }
    if (state.preemptAt !== undefined) return state.preemptAt;
    this.#emit({ kind: "PreemptDelayStarted", instance, length: preemptDelay });
    return after(now, preemptDelay);
  }

  /** RFC 9568 §6.4.3 (635)-(690). */
  #masterOnAdvertisement(state: MasterState, advert: ReceivedAdvertisement, now: Micros): void {
    const instance = this.#config.name;
    if (advert.priority === PRIORITY_STOP) {
      this.#counters.priorityZeroReceived++;
      this.#emit({ kind: "PriorityZeroReceived", instance, by: "MASTER" });
      this.#advertise(state, now);
      return;
    }
    const byAddress = this.#source === undefined ? 1 : compareAddresses(advert.from, this.#source);
    const order = advert.priority - this.#priority || byAddress;
    if (advert.priority === this.#priority && this.#priority === PRIORITY_OWNER && this.#reportOnce("owner"))
      this.#emit({ kind: "AddressOwnerConflict", instance, from: advert.from });
    if (order < 0) this.#masterOnLowerPriority(state, advert, now);
    else if (order > 0) this.#masterOnHigherPriority(state, advert, now);
  }

  #masterOnLowerPriority(entered: MasterState, advert: ReceivedAdvertisement, now: Micros): void {
    const { garp, lowerPrioNoAdvert } = this.#config;
    let state = entered;
    this.#emit({
      kind: "LowerPriorityReceived",
      instance: this.#config.name,
      from: advert.from,
      theirs: advert.priority,
      ours: this.#priority,
      answered: !lowerPrioNoAdvert,
    });
    if (!lowerPrioNoAdvert) state = this.#advertise(state, now);
    if (garp.lowerPrioRepeat > 0) {
      this.#out.push({ kind: "Announce", copies: garp.lowerPrioRepeat });
      if (garp.lowerPrioDelay > 0) state = { ...state, lowerPrioAnnounceAt: after(now, garp.lowerPrioDelay) };
    }
    if (this.#inGroup) this.#out.push({ kind: "AnnounceGroup" });
    this.#state = state;
  }

  #masterOnHigherPriority(state: MasterState, advert: ReceivedAdvertisement, now: Micros): void {
    if (this.#config.higherPrioSendAdvert) this.#advertise(state, now);
    const { from, priority } = advert;
    const ours = this.#priority;
    this.#emit({ kind: "HigherPriorityReceived", instance: this.#config.name, from, theirs: priority, ours });
    this.#master = { address: from, priority };
    const masterAdvertInterval =
      this.#config.version === 3 ? advert.advertInterval : this.#config.advertInterval;
    const cause: TransitionCause = { kind: priority > ours ? "higherPriority" : "tieBreakLost", from, priority };
    this.#releaseMaster(0);
    this.#enterBackup(cause, this.#downInterval(masterAdvertInterval), now, masterAdvertInterval);
    if (this.#state.name === "BACKUP") this.#state = { ...this.#state, heardAt: now };
  }

  // ---- output

  #send(priority: number, counted = true): void {
    if (this.#source === undefined) return;
    for (const packet of this.#advertiser.packets(priority, this.#source)) {
      this.#out.push({ kind: "SendPacket", packet });
    }
    if (counted) this.#counters.advertisementsSent++;
  }

  #emit(event: RouterEvent): void {
    this.#out.push({ kind: "Emit", event });
  }

  /** True the first time since the last change of state or MASTER. */
  #reportOnce(what: string): boolean {
    if (this.#reported.has(what)) return false;
    this.#reported.add(what);
    return true;
  }
}

function sameFault(a: Fault, b: Fault): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
