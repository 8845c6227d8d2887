/**
 * One virtual router: the state machine of RFC 9568 §6.4 and RFC 3768 §6.4, and keepalived's where it differs. Pure and
 * synchronous: inputs and the time go in, ordered actions come out; deadlines are numbers in the state.
 */

import { unreachable } from "../base/assert.js";
import { compareAddresses } from "../base/ip-address.js";
import { after, earlier, type Micros, micros } from "../base/time.js";
import { acceptAdvertisement } from "./acceptance.js";
import type { RouterAction } from "./actions.js";
import { backupOnAdvertisement, withOtherInterval } from "./backup.js";
import type { Fault, TransitionCause } from "./cause.js";
import type { VirtualRouterConfig } from "./config.js";
import { newCounters } from "./counters.js";
import { knownFaults, reportNewFaults } from "./faults.js";
import { beginHandover, mayHandOver } from "./handover.js";
import type { RouterInput } from "./inputs.js";
import { advertise, masterOnLowerPriority, masterTimeout, newMasterState } from "./master.js";
import type { ReceivedAdvertisement } from "./receive.js";
import { RouterContext } from "./router-context.js";
import type { RouterSnapshot } from "./router-snapshot.js";
import type { BackupState, Handover, MasterState, RouterState } from "./states.js";
import { PRIORITY_OWNER, PRIORITY_STOP, skewTime, takeoverPossibleAfter } from "./timers.js";

/** The machine. Every method is synchronous, allocates little and never throws for anything that a peer can send. */
export class VirtualRouter {
  readonly #context: RouterContext;
  #state: RouterState = { name: "INIT", faults: [] };
  #lastCause: TransitionCause | undefined;
  #lastTransitionAt: Micros | undefined;
  #started = false;

  /** `wallOffset`: UTC in µs since 1970 is this much more than the time of the inputs. */
  constructor(config: VirtualRouterConfig, inGroup: boolean, wallOffset: Micros = micros(0)) {
    this.#context = new RouterContext(config, inGroup);
    this.#context.wallOffset = wallOffset;
  }

  /** The name of its state. */
  get stateName(): RouterState["name"] {
    return this.#state.name;
  }

  /** True while it belongs to a sync group. */
  get inGroup(): boolean {
    return this.#context.inGroup;
  }

  /** Takes one input at the time `now`; the returned actions are to be carried out in order. */
  handle(input: RouterInput, now: Micros): readonly RouterAction[] {
    this.#context.begin(now);
    switch (input.kind) {
      case "Started":
        this.#context.notBefore = input.notBefore;
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
        this.#context.source = input.source;
        if (this.#state.name === "MASTER") this.#context.prepareFarewell();
        break;
      case "WallClockRead":
        this.#context.wallOffset = input.offset;
        break;
      case "AddressLost":
        this.#holdingLost({ kind: "addressLost", address: input.address }, now);
        break;
      case "RoutingLost":
        this.#holdingLost(input.cause, now);
        break;
      case "GroupMoved":
        this.#groupMoved(input.to, input.group, now);
        break;
      case "WokeLate":
        this.#wokeLate(input.by, now);
        break;
      case "Reconfigured":
        this.#context.inGroup = input.inGroup;
        this.#reconfigure(input.config, now);
        break;
      case "AdvertisementRequested":
        if (this.#state.name === "MASTER" && this.#state.handover === undefined)
          this.#state = advertise(this.#context, this.#state, now);
        break;
      case "ShutdownRequested":
        this.#shutdown(input.cause, now);
        break;
      default:
        unreachable(input);
    }
    return this.#context.actions;
  }

  /** Serves every deadline up to `now`; called early it does nothing. */
  handleTimeout(now: Micros): readonly RouterAction[] {
    this.#context.begin(now);
    if (this.#state.name === "BACKUP" && now >= this.#state.masterDownAt)
      this.#masterDownExpired(this.#state, now);
    if (this.#state.name === "MASTER") {
      const { handover } = this.#state;
      if (handover === undefined) this.#state = masterTimeout(this.#context, this.#state, now);
      else if (now >= handover.until) this.#letGo(handover, now);
    }
    return this.#context.actions;
  }

  /** The earliest instant at which {@link handleTimeout} has work; undefined: none until the next input. */
  nextDeadline(): Micros | undefined {
    const state = this.#state;
    if (state.name === "BACKUP") return state.masterDownAt;
    if (state.name !== "MASTER") return undefined;
    if (state.handover !== undefined) return state.handover.until;
    return earlier(
      earlier(state.advertAt, state.announceAt),
      earlier(state.refreshAt, earlier(state.rivalAnnounceAt, state.lowerPrioAnnounceAt)),
    );
  }

  /** The state as it is now; shared, not copied: do not change it. */
  snapshot(): RouterSnapshot {
    return {
      config: this.#context.config,
      state: this.#state,
      priority: this.#context.priority,
      source: this.#context.source,
      master: this.#context.master,
      lastCause: this.#lastCause,
      lastTransitionAt: this.#lastTransitionAt,
      counters: this.#context.counters,
      heard: this.#context.heard.snapshot(),
    };
  }

  /** Begins all counters at zero again. */
  clearCounters(): void {
    this.#context.counters = newCounters();
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
    const owner =
      this.#context.config.priority === PRIORITY_OWNER && this.#context.config.initialState === "MASTER";
    if (owner && !this.#context.inGroup) {
      if (now >= this.#context.notBefore) this.#enterMaster({ kind: "addressOwner" }, now);
      else this.#enterBackup(cause, micros(1), now);
      return;
    }
    const { advertInterval, version, initialState } = this.#context.config;
    // In a group the group decides; one that would be MASTER lets one interval pass to hear whether another one is.
    const eager = this.#context.inGroup && initialState === "MASTER";
    const oneStep = skewTime({ version, priority: PRIORITY_OWNER, masterAdvertInterval: advertInterval });
    const interval = eager ? micros(advertInterval + oneStep) : this.#context.downInterval(advertInterval);
    this.#enterBackup(cause, interval, now);
  }

  #enterBackup(cause: TransitionCause, interval: Micros, now: Micros, masterAdvertInterval?: Micros): void {
    this.#transition(
      {
        name: "BACKUP",
        masterDownAt: after(micros(Math.max(now, this.#context.notBefore)), interval),
        masterDownInterval: interval,
        masterAdvertInterval: masterAdvertInterval ?? this.#context.config.advertInterval,
        heardAt: undefined,
        preemptAt: undefined,
        wantsMaster: false,
        priorityZeroFrom: undefined,
        graceGiven: false,
      },
      cause,
      now,
    );
    if (
      cause.kind === "faultsCleared" &&
      this.#context.config.unicastPeers.length > 0 &&
      this.#context.source !== undefined
    ) {
      this.#context.act({ kind: "AnnounceSource", source: this.#context.source });
    }
  }

  /** RFC 9568 §6.4.2 (365)-(390): the advert first, so that the old MASTER lets go before we announce the addresses. */
  #enterMaster(cause: TransitionCause, now: Micros): void {
    const { garp } = this.#context.config;
    this.#context.send(this.#context.priority);
    if (this.#context.source !== undefined)
      this.#context.master = { address: this.#context.source, priority: this.#context.priority };
    this.#context.counters.becameMaster++;
    this.#transition(newMasterState(this.#context.config, now), cause, now);
    this.#context.prepareFarewell();
    this.#context.act({ kind: "AddAddresses" });
    this.#context.act({ kind: "Announce", copies: garp.masterRepeat });
  }

  #enterFault(faults: readonly Fault[], cause: TransitionCause, now: Micros): void {
    this.#transition({ name: "FAULT", faults }, cause, now);
  }

  #transition(state: RouterState, cause: TransitionCause, now: Micros): void {
    const from = this.#state.name;
    this.#state = state;
    this.#lastCause = cause;
    this.#lastTransitionAt = now;
    this.#context.forgetReports();
    this.#context.emit({
      kind: "StateChanged",
      instance: this.#context.config.name,
      from,
      to: state.name,
      cause,
      priority: this.#context.priority,
    });
  }

  // ---- timers

  #masterDownExpired(state: BackupState, now: Micros): void {
    this.#context.emit({ kind: "AdvertisementTimeout", instance: this.#context.config.name });
    if (this.#context.inGroup) {
      const interval = this.#context.downInterval(this.#context.config.advertInterval);
      this.#state = {
        ...state,
        wantsMaster: true,
        masterDownAt: after(now, interval),
        masterDownInterval: interval,
      };
      this.#context.act({ kind: "WantMaster" });
      return;
    }
    this.#enterMaster(this.#takeoverCause(state, now), now);
  }

  #takeoverCause(state: BackupState, now: Micros): TransitionCause {
    if (state.priorityZeroFrom !== undefined)
      return { kind: "priorityZeroReceived", from: state.priorityZeroFrom };
    return {
      kind: "masterDownExpired",
      silentFor: micros(now - (state.heardAt ?? this.#lastTransitionAt ?? now)),
    };
  }

  #wokeLate(by: Micros, now: Micros): void {
    const state = this.#state;
    if (state.name === "BACKUP") {
      // We slept through adverts that may have been sent: listen for one more interval, once, before seizing.
      if (state.graceGiven || now < state.masterDownAt || by * 2 < state.masterAdvertInterval) return;
      const wait = micros(state.masterAdvertInterval + this.#context.skew(state.masterAdvertInterval));
      this.#state = { ...state, graceGiven: true, masterDownAt: after(now, wait), masterDownInterval: wait };
      return;
    }
    if (state.name !== "MASTER" || state.handover !== undefined) return;
    if (this.#context.priority === PRIORITY_OWNER) return;
    const { advertInterval } = this.#context.config;
    if (now - state.advertSentAt < takeoverPossibleAfter(this.#context.config)) return;
    // Somebody may hold the addresses by now. Leave without an advert of priority 0, which would unseat them, and listen.
    this.#context.releaseMaster(0);
    this.#enterBackup(
      { kind: "wokeLate", by },
      micros(advertInterval + this.#context.skew(advertInterval)),
      now,
    );
  }

  // ---- inputs other than packets

  #faultsChanged(faults: readonly Fault[], now: Micros): void {
    const state = this.#state;
    const real = faults.filter((fault) => fault.kind !== "scriptPending");
    const first = real[0];
    const known = knownFaults(state);
    reportNewFaults(this.#context, known, real);
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
        else
          this.#enterBackup(
            { kind: "faultsCleared" },
            this.#context.downInterval(this.#context.config.advertInterval),
            now,
          );
        return;
      case "BACKUP":
        if (first !== undefined) this.#enterFault(real, { kind: "fault", fault: first }, now);
        return;
      case "MASTER":
        this.#masterFaultsChanged(state, real, now);
        return;
      default:
        unreachable(state);
    }
  }

  #masterFaultsChanged(state: MasterState, faults: readonly Fault[], now: Micros): void {
    const [first] = faults;
    if (state.handover !== undefined) {
      const handover = { ...state.handover, faults };
      this.#state = { ...state, handover };
      if (first !== undefined && !mayHandOver(this.#context, { kind: "fault", fault: first }))
        this.#letGo(handover, now);
      return;
    }
    if (first === undefined) return;
    const cause: TransitionCause = { kind: "fault", fault: first };
    if (mayHandOver(this.#context, cause)) {
      // keepalived says goodbye twice when it falls by itself, once when its group pulls it down.
      this.#state = beginHandover(this.#context, state, { cause, faults, adverts: 2 }, now);
      return;
    }
    this.#context.releaseMaster(this.#context.source === undefined ? 0 : first.kind === "syncGroup" ? 1 : 2);
    this.#enterFault(faults, cause, now);
  }

  /** The end of a handover: a successor was heard, or none came in time. */
  #letGo({ cause, faults }: Handover, now: Micros): void {
    this.#context.releaseMaster(0);
    if (cause.kind === "shutdown") this.#stop(cause, now);
    else if (faults.length > 0) this.#enterFault(faults, cause, now);
    else {
      // Well again meanwhile.
      const interval = this.#context.downInterval(this.#context.config.advertInterval);
      this.#enterBackup({ kind: "faultsCleared" }, interval, now);
    }
  }

  #priorityChanged(priority: number): void {
    if (priority === this.#context.priority) return;
    this.#context.emit({
      kind: "PriorityChanged",
      instance: this.#context.config.name,
      from: this.#context.priority,
      to: priority,
    });
    this.#context.priority = priority;
    const state = this.#state;
    if (state.name !== "BACKUP") return;
    this.#state = withOtherInterval(this.#context, state, state.masterAdvertInterval);
  }

  /** keepalived: what is deleted under a MASTER makes it step down and return after the skew time. */
  #holdingLost(cause: TransitionCause, now: Micros): void {
    if (this.#state.name !== "MASTER") return;
    if (this.#state.handover !== undefined) {
      this.#letGo(this.#state.handover, now);
      return;
    }
    this.#context.releaseMaster(1);
    this.#enterBackup(cause, this.#context.skew(this.#context.config.advertInterval), now);
  }

  #groupMoved(to: "MASTER" | "BACKUP", group: string, now: Micros): void {
    const state = this.#state;
    const cause: TransitionCause = { kind: "syncGroup", group };
    if (to === "MASTER" && state.name === "BACKUP") {
      this.#enterMaster(state.wantsMaster ? this.#takeoverCause(state, now) : cause, now);
    } else if (to === "BACKUP" && state.name === "MASTER") {
      this.#context.releaseMaster(0);
      this.#enterBackup(cause, this.#context.downInterval(this.#context.config.advertInterval), now);
    }
  }

  #reconfigure(config: VirtualRouterConfig, now: Micros): void {
    this.#context.reconfigure(config);
    const state = this.#state;
    if (state.name === "MASTER") {
      const soonest = after(now, config.advertInterval);
      this.#state = { ...state, advertAt: earlier(state.advertAt, soonest) ?? soonest };
      this.#context.prepareFarewell();
    } else if (state.name === "BACKUP") {
      const advertInterval = config.version === 2 ? config.advertInterval : state.masterAdvertInterval;
      this.#state = withOtherInterval(this.#context, state, advertInterval);
    }
  }

  #shutdown(cause: TransitionCause, now: Micros): void {
    const state = this.#state;
    if (state.name === "MASTER" && state.handover !== undefined && cause.kind === "shutdown") {
      this.#state = { ...state, handover: { ...state.handover, cause } };
      return;
    }
    if (state.name === "MASTER" && mayHandOver(this.#context, cause)) {
      this.#state = beginHandover(this.#context, state, { cause, faults: [], adverts: 1 }, now);
      return;
    }
    if (state.name === "MASTER") this.#context.releaseMaster(state.handover === undefined ? 1 : 0);
    this.#stop(cause, now);
  }

  #stop(cause: TransitionCause, now: Micros): void {
    const from = this.#state.name;
    this.#started = false;
    this.#state = { name: "INIT", faults: [] };
    this.#lastCause = cause;
    this.#lastTransitionAt = now;
    this.#context.emit({
      kind: "Stopped",
      instance: this.#context.config.name,
      from,
      cause,
      priority: this.#context.priority,
    });
  }

  // ---- packets

  #receive(input: Extract<RouterInput, { kind: "PacketReceived" }>, now: Micros): void {
    const advert = acceptAdvertisement(this.#context, input.packet, this.#state.name, now);
    if (advert === undefined) return;
    if (this.#state.name === "BACKUP")
      this.#state = backupOnAdvertisement(this.#context, this.#state, advert, now);
    else if (this.#state.name === "MASTER") this.#masterOnAdvertisement(this.#state, advert, now);
  }

  /** RFC 9568 §6.4.3 (635)-(690). */
  #masterOnAdvertisement(state: MasterState, advert: ReceivedAdvertisement, now: Micros): void {
    const instance = this.#context.config.name;
    if (state.handover !== undefined) {
      if (advert.priority !== PRIORITY_STOP) this.#letGo(state.handover, now);
      return;
    }
    if (advert.priority === PRIORITY_STOP) {
      this.#context.counters.priorityZeroReceived++;
      this.#context.emit({ kind: "PriorityZeroReceived", instance, by: "MASTER" });
      this.#state = advertise(this.#context, state, now);
      return;
    }
    const byAddress =
      this.#context.source === undefined ? 1 : compareAddresses(advert.from, this.#context.source);
    const order = advert.priority - this.#context.priority || byAddress;
    if (
      advert.priority === this.#context.priority &&
      this.#context.priority === PRIORITY_OWNER &&
      this.#context.reportOnce("owner")
    )
      this.#context.emit({ kind: "AddressOwnerConflict", instance, from: advert.from });
    if (order < 0) this.#state = masterOnLowerPriority(this.#context, state, advert, now);
    else if (order > 0) this.#masterOnHigherPriority(state, advert, now);
  }

  #masterOnHigherPriority(state: MasterState, advert: ReceivedAdvertisement, now: Micros): void {
    if (this.#context.config.higherPrioSendAdvert) this.#state = advertise(this.#context, state, now);
    const { from, priority } = advert;
    const ours = this.#context.priority;
    this.#context.emit({
      kind: "HigherPriorityReceived",
      instance: this.#context.config.name,
      from,
      theirs: priority,
      ours,
    });
    this.#context.master = { address: from, priority };
    const masterAdvertInterval =
      this.#context.config.version === 3 ? advert.advertInterval : this.#context.config.advertInterval;
    const cause: TransitionCause = {
      kind: priority > ours ? "higherPriority" : "tieBreakLost",
      from,
      priority,
    };
    this.#context.releaseMaster(0);
    this.#enterBackup(cause, this.#context.downInterval(masterAdvertInterval), now, masterAdvertInterval);
    if (this.#state.name === "BACKUP") this.#state = { ...this.#state, heardAt: now };
  }
}
