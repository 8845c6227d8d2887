/**
 * Many virtual routers: demultiplexes packets, follows interfaces, scripts and sync groups, holds addresses, applies a reload
 * in place. Pure and synchronous: inputs and the time go in, calls of the platform's ports come out, in order.
 */

import { unreachable } from "../base/assert.js";
import type { InterfaceAddress } from "../base/interface-address.js";
import { type Micros, micros } from "../base/time.js";
import type { Config, VrrpInstance } from "../config/config.js";
import type { RouterAction } from "../vrrp/actions.js";
import type { TransitionCause } from "../vrrp/cause.js";
import type { RouterEvent } from "../vrrp/events.js";
import type { RouterInput } from "../vrrp/inputs.js";
import { ahSequencesOf, recallAhSequences } from "./ah-sequences.js";
import { Announcements, gapsOf } from "./announcing/announcement-queue.js";
import { Announcer } from "./announcing/announcer.js";
import { ExtraAnnouncements } from "./announcing/extra-announcements.js";
import { Assessor } from "./assessor.js";
import { Deadlines } from "./deadlines.js";
import { Demultiplexer } from "./demultiplexer.js";
import { type DeadlineHolder, dueText, firstDue } from "./first-due.js";
import { PeerFitness } from "./fitness/peer-fitness.js";
import { answerQueries, probeQueried } from "./fitness/queries.js";
import { Keeping } from "./holding/keeping.js";
import { type Member, newMembers } from "./member.js";
import type { EngineInput, InterfaceState, Platform, SendTicket } from "./platform.js";
import { portsOf, routerKeyOf } from "./ports.js";
import { adoptSettings, succession } from "./reload.js";
import { type ActionTargets, performActions } from "./router-actions.js";
import { SendResults } from "./send-results.js";
import { type EngineSnapshot, reportOf } from "./snapshot.js";
import { Standstill } from "./standstill.js";
import { silenceAfterStart } from "./start-silence.js";
import { SyncGroups } from "./sync-groups.js";
import { Trackers } from "./tracking/trackers.js";

/** Rounds of judgement in one turn. */
const MOST_ROUNDS = 4;

/** The engine. Feed it inputs, serve its deadlines, and do as the calls of its platform say. */
export class Engine {
  #config: Config;
  readonly #platform: Platform;
  readonly #trackers: Trackers;
  readonly #groups: SyncGroups;
  readonly #announcements: Announcements;
  readonly #sendResults: SendResults;
  readonly #announcer: Announcer;
  readonly #extraAnnouncements: ExtraAnnouncements;
  readonly #keeping: Keeping;
  readonly #assessor: Assessor;
  readonly #targets: ActionTargets;
  readonly #deadlines = new Deadlines();
  readonly #fitness: PeerFitness;
  /** Since when a change of state that matters for how checks are judged waits for that; undefined: none does. */
  #judgeAnewSince: Micros | undefined;
  readonly #standstill = new Standstill(() => {
    const what = dueText(this.#firstDue()?.holder, this.#deadlines.first()?.member);
    this.#platform.emit({ kind: "DeadlineStandsStill", what });
  });
  readonly #demultiplexer = new Demultiplexer();
  #members: Member[] = [];
  /** What to add to the time of the inputs to have UTC. */
  #wallOffset: Micros = micros(0);
  #started = false;
  /** Told to stop; a MASTER may still wait for its successor. */
  #stopping = false;
  #stopped = false;
  /** End of `vrrp_startup_delay`: adverts before it are thrown away. */
  #deafUntil: Micros | undefined;

  /** `ours`, `sequences`: what {@link Platform.rememberOurs} and {@link ahSequences} said in an earlier run of the same boot. */
  constructor(
    config: Config,
    platform: Platform,
    ours: readonly string[] = [],
    sequences: readonly string[] = [],
  ) {
    this.#config = config;
    this.#platform = platform;
    this.#trackers = new Trackers(platform, (event) => {
      if (this.#started) platform.emit(event);
    });
    this.#fitness = new PeerFitness(platform, (name, address) =>
      this.#trackers.interfaces.isOnLink(name, address),
    );
    this.#sendResults = new SendResults((event) => platform.emit(event));
    this.#announcements = new Announcements((name, frames, now) => {
      this.#sendResults.tried("announcement", name, now);
      platform.sendFrames(name, frames);
    });
    this.#announcer = new Announcer(
      this.#trackers.interfaces,
      this.#announcements,
      (event) => platform.emit(event),
      (name) => gapsOf(this.#config, name),
    );
    this.#extraAnnouncements = new ExtraAnnouncements((member, lines, now) =>
      this.#announcer.announce(member, lines, 1, now),
    );
    this.#keeping = new Keeping({
      platform,
      interfaces: this.#trackers.interfaces,
      ours,
      lost: (member, loss, now) => this.#tell(member, loss, now),
      back: (member, lines, now) =>
        this.#announcer.announce(member, lines, member.instance.garp.masterRepeat, now),
    });
    this.#groups = new SyncGroups(
      (member, input, now) => this.#tell(member, input, now),
      (event) => platform.emit(event),
    );
    this.#assessor = new Assessor({
      trackers: this.#trackers,
      keeping: this.#keeping,
      fitness: this.#fitness,
      groups: this.#groups,
      tell: (member, input, now) => this.#tell(member, input, now),
    });
    this.#targets = {
      platform,
      holdings: this.#keeping.holdings,
      announcements: this.#announcements,
      announcer: this.#announcer,
      extraAnnouncements: this.#extraAnnouncements,
      groups: this.#groups,
      sendResults: this.#sendResults,
      sendability: (member, error, now) => {
        member.cannotSend = error;
        this.#judgeAnewSince = now;
      },
      emit: (member, event, now) => this.#emit(member, event, now),
    };
    this.#members = newMembers(config, this.#wallOffset);
    recallAhSequences(this.#members, sequences);
  }

  /** All parts with deadlines, the routers first. */
  readonly #holders: readonly DeadlineHolder[] = [
    { name: "router", nextDeadline: () => this.#deadlines.first()?.at },
    { name: "announcements", nextDeadline: () => this.#announcements.nextDeadline() },
    { name: "trackers", nextDeadline: () => this.#trackers.nextDeadline() },
    { name: "fitness", nextDeadline: () => this.#fitness.nextDeadline() },
    { name: "extra announcements", nextDeadline: () => this.#extraAnnouncements.nextDeadline() },
    { name: "kernel", nextDeadline: () => this.#keeping.ledger.nextDeadline() },
    { name: "judgement", nextDeadline: () => this.#judgeAnewSince },
  ];

  /** Takes one input at the time `now`. */
  handle(input: EngineInput, now: Micros): void {
    switch (input.kind) {
      case "Started":
        this.#start(now);
        break;
      case "PacketReceived":
        this.#receive(input.port, input.packet, now);
        break;
      case "InterfaceChanged":
        this.#interfaceChanged(input.state, now);
        break;
      case "InterfaceRemoved":
        this.#interfaceRemoved(input.interface, now);
        break;
      case "InterfacesListed":
        this.#interfacesListed(input.states, now);
        break;
      case "ScriptFinished":
      case "TrackedFileChanged":
      case "TrackedProcessChanged":
      case "LinkPolled":
      case "DrainsChanged":
      case "CheckFinished":
      case "CheckDisturbed":
        if (this.#trackers.handle(input, now)) this.#reassess(now);
        break;
      case "PeerHeard":
        if (this.#fitness.heard(input.heard, now)) this.#reassess(now);
        if (probeQueried(this.#fitness, this.#trackers, now)) this.#reassess(now);
        break;
      case "SendFailed":
        this.#sendFailed(input.ticket, input.error, now);
        break;
      case "FramesFailed":
        this.#sendResults.failed("announcement", input.interface, input.error, input.count, now);
        break;
      case "WallClockRead":
        this.#wallOffset = input.offset;
        for (const member of this.#members)
          this.#tell(member, { kind: "WallClockRead", offset: input.offset }, now);
        break;
      case "AddressesAnswered":
      case "RoutesAnswered":
      case "RulesAnswered":
        if (!this.#stopped && this.#keeping.news.answered(input, now)) this.#reassess(now);
        break;
      case "RoutingLost":
        if (this.#stopped) break;
        this.#keeping.news.routingLost(input, now);
        this.#reassess(now);
        break;
      case "WokeLate":
        for (const member of this.#members) this.#tell(member, { kind: "WokeLate", by: input.by }, now);
        this.#groups.settle(now);
        break;
      case "ReloadRequested":
        this.#reload(input.config, now);
        break;
      case "ShutdownRequested":
        this.#shutdown({ kind: "shutdown" }, now);
        break;
      default:
        unreachable(input);
    }
    if (this.#judgeAnewSince !== undefined) this.#reassess(now);
    answerQueries(this.#fitness, this.#trackers, now);
  }

  /** Serves every deadline up to `now`; called early it does nothing. */
  handleTimeout(now: Micros): void {
    if (!this.#started || this.#stopped) return;
    this.#deadlines.serve(now, (member) => this.#perform(member, member.router.handleTimeout(now), now));
    this.#groups.settle(now);
    if (this.#stopping) {
      this.#endStop();
      this.#standstill.served(this.#firstDue()?.at, now);
      return;
    }
    this.#extraAnnouncements.handleTimeout(now);
    this.#announcements.handleTimeout(now);
    const judge = this.#fitness.handleTimeout(now);
    const over = this.#keeping.ledger.handleTimeout(now);
    const judgeAnew = judge || over || this.#judgeAnewSince !== undefined;
    if (this.#trackers.handleTimeout(now) || judgeAnew) this.#reassess(now);
    this.#standstill.served(this.#firstDue()?.at, now);
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    return this.#standstill.held(this.#firstDue()?.at);
  }

  /** How often a deadline did not move when it was served, see standstill.ts: always 0 unless Vigil has an error. */
  get standstills(): number {
    return this.#standstill.count;
  }

  /** When a BACKUP will take over unless it hears a MASTER, if nothing of any router is due before. */
  nextTakeover(): Micros | undefined {
    const first = this.#deadlines.first();
    return first?.member.router.stateName === "BACKUP" ? first.at : undefined;
  }

  /** What it runs on. */
  get config(): Config {
    return this.#config;
  }

  /** True when it was told to stop, and every MASTER has let go. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Names of the instances that are MASTER. */
  masters(): string[] {
    const masters = this.#members.filter(({ router }) => router.stateName === "MASTER");
    return masters.map(({ instance }) => instance.name);
  }

  /** Everything worth showing. */
  snapshot(): EngineSnapshot {
    return {
      config: this.#config,
      routers: this.#members.map((member) =>
        reportOf(member, this.#trackers.interfaces, this.#fitness, this.#keeping),
      ),
      missingStatics: this.#keeping.statics.missing(),
      ...this.#trackers.snapshot(),
      groups: this.#groups.snapshot(),
      interfaces: [...this.#trackers.interfaces.all()],
      deafUntil: this.#deafUntil,
      sendTroubles: this.#sendResults.snapshot(),
      unknownVrids: this.#demultiplexer.unknownVrids,
      unreadable: this.#demultiplexer.unreadable,
    };
  }

  /** What the next run must know of the AH sequence numbers that were heard; see ah-sequences.ts. */
  ahSequences(): readonly string[] {
    return ahSequencesOf(this.#members);
  }

  /** Begins the counters of all instances at zero again. */
  clearCounters(): void {
    for (const member of this.#members) member.router.clearCounters();
  }

  /** What is due first; while it stops only the routers count. */
  #firstDue(): ReturnType<typeof firstDue> {
    if (!this.#started || this.#stopped) return undefined;
    return firstDue(this.#stopping ? this.#holders.slice(0, 1) : this.#holders);
  }

  // ---- start, reload, stop

  #start(now: Micros): void {
    if (this.#started || this.#stopping) return;
    this.#started = true;
    this.#deafUntil = silenceAfterStart(this.#config, now);
    this.#openPorts();
    this.#trackers.configure(this.#config, false, now);
    for (const member of this.#members) this.#keeping.holdings.tellRemoval(member);
    this.#adoptOwnership();
    this.#keeping.leftovers.removeBeforeStart(this.#members, now);
    this.#keeping.statics.configure(this.#config, now);
    this.#setOut(this.#members, now);
  }

  #reload(config: Config, now: Micros): void {
    if (this.#stopping) return;
    this.#config = config;
    if (!this.#started) {
      // The interfaces are not known yet: nothing may be judged, and the start will do all of it.
      this.#members = newMembers(config, this.#wallOffset);
      return;
    }
    this.#trackers.configure(config, true, now);
    const { members, kept, fresh, gone } = succession(this.#members, config, this.#wallOffset);
    const newcomers: (readonly [Member, readonly InterfaceAddress[]])[] = [];
    // What moves from one owner to another is not removed in between.
    this.#keeping.ledger.together(now, () => {
      for (const member of gone)
        this.#tell(member, { kind: "ShutdownRequested", cause: { kind: "reload" } }, now);
      this.#members = members;
      this.#keeping.vmacSources.configure(members, now);
      for (const [member, instance] of kept)
        newcomers.push([member, this.#reconfigure(member, instance, now)]);
      this.#adoptOwnership();
      this.#keeping.statics.configure(config, now);
    });
    for (const [member, added] of newcomers)
      this.#announcer.announce(member, added, member.instance.garp.masterRepeat, now);
    this.#keeping.leftovers.removeBeforeStart(fresh, now);
    this.#openPorts();
    this.#setOut(fresh, now);
  }

  #adoptOwnership(): void {
    this.#keeping.adopt(this.#config, this.#members);
    this.#assessor.configure(this.#members);
  }

  /** Starts the fresh ones of the members, and judges all of them by the configuration that is new to them. */
  #setOut(fresh: readonly Member[], now: Micros): void {
    this.#groups.configure(this.#config.syncGroups, this.#members);
    const { peerKey } = this.#config.global;
    this.#fitness.configure(this.#members, (name) => this.#trackers.checks.isDamped(name), peerKey, now);
    for (const member of this.#members) this.#assessor.assess(member, now);
    const notBefore = this.#deafUntil ?? now;
    for (const member of fresh) this.#tell(member, { kind: "Started", notBefore }, now);
    this.#groups.settle(now);
    if (this.#trackers.handleTimeout(now)) this.#reassess(now);
  }

  /** Returns the addresses that a MASTER holds now and did not before. */
  #reconfigure(member: Member, instance: VrrpInstance, now: Micros): readonly InterfaceAddress[] {
    if (!adoptSettings(member, instance, this.#config)) return [];
    this.#tell(member, { kind: "Reconfigured", config: instance, inGroup: member.group !== undefined }, now);
    if (member.router.stateName !== "MASTER") return [];
    const added = this.#keeping.holdings.change(member, now);
    this.#extraAnnouncements.begin(member, now);
    return added;
  }

  #shutdown(cause: TransitionCause, now: Micros): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#fitness.stop(now);
    for (const member of this.#members) this.#tell(member, { kind: "ShutdownRequested", cause }, now);
    this.#keeping.statics.stop(now);
    this.#trackers.stop(now);
    this.#endStop();
  }

  #endStop(): void {
    this.#stopped = this.#members.every((member) => member.router.stateName === "INIT");
    if (this.#stopped) this.#keeping.hostOwn.forgetAll();
  }

  #openPorts(): void {
    this.#demultiplexer.configure(this.#members);
    this.#deadlines.configure(this.#members);
    this.#setPorts();
  }

  #setPorts(): void {
    const instances = this.#members.map((member) => member.instance);
    this.#platform.setPorts(portsOf(instances, this.#config.global.logUnknownVrids));
  }

  // ---- packets

  #receive(port: string, packet: Uint8Array, now: Micros): void {
    if (!this.#started || this.#stopped) return;
    if (now < (this.#deafUntil ?? now)) return;
    this.#deafUntil = undefined;
    const found = this.#demultiplexer.find(port, packet);
    if (typeof found !== "object") {
      if (found === undefined || !this.#config.global.logUnknownVrids) return;
      const { interface: name } = this.#members.find(({ portId }) => portId === port)?.instance ?? {};
      this.#platform.emit({ kind: "UnknownVrid", vrid: found, interface: name });
      return;
    }
    for (const member of found.members) {
      this.#tell(member, { kind: "PacketReceived", packet: found.packet }, now);
      this.#keeping.leftovers.masterHeard(member, now);
      this.#fitness.heardAdvert(member, member.router.accepted, now);
    }
    this.#groups.settle(now);
    if (this.#stopping) this.#endStop();
  }

  // ---- interfaces

  #interfacesListed(states: readonly InterfaceState[], now: Micros): void {
    const names = new Set(states.map((state) => state.name));
    for (const known of [...this.#trackers.interfaces.all()]) {
      if (!names.has(known.name)) this.#interfaceRemoved(known.name, now);
    }
    for (const state of states) this.#interfaceChanged(state, now);
    if (this.#started && !this.#stopped) this.#keeping.listed(now);
  }

  #interfaceChanged(state: InterfaceState, now: Micros): void {
    const { interfaces } = this.#trackers;
    const before = interfaces.set(state);
    if (before === undefined && this.#started)
      this.#platform.emit({ kind: "InterfaceAdded", interface: state.name });
    interfaces.links.reported(state.name, state.up, now);
    if (!this.#started || this.#stopping) return;
    // A link that came back under another index needs its sockets anew.
    if (before?.index !== state.index) {
      this.#setPorts();
      this.#keeping.ledger.interfaceReplaced(state.name);
    }
    this.#reassess(now);
    const contested = this.#keeping.news.interfaceShown(state.name, now);
    const owned = this.#keeping.judgeOwnership(state.name);
    if (owned) this.#assessor.configure(this.#members);
    if (contested || owned) this.#reassess(now);
    this.#keeping.leftovers.interfaceShown(state.name);
    this.#groups.settle(now);
    this.#announcer.interfaceChanged(this.#members, before, state, now);
  }

  #interfaceRemoved(name: string, now: Micros): void {
    this.#trackers.interfaces.links.forget(name);
    if (this.#trackers.interfaces.remove(name) === undefined || !this.#started || this.#stopping) return;
    this.#platform.emit({ kind: "InterfaceDeleted", interface: name });
    this.#keeping.news.interfaceShown(name, now);
    if (this.#keeping.judgeOwnership(name)) this.#assessor.configure(this.#members);
    this.#reassess(now);
  }

  // ---- routers

  #sendFailed({ router: key, ...ticket }: SendTicket, error: string, now: Micros): void {
    const member = this.#members.find(({ instance }) => routerKeyOf(instance) === key);
    if (member === undefined) return;
    this.#sendResults.failed("advert", member.instance.name, error, 1, now);
    this.#tell(member, { kind: "SendFailed", ticket, error }, now);
  }

  #reassess(now: Micros): void {
    if (!this.#started || this.#stopping) return;
    // One judgement may change a state that the next one depends on. What is left after so many rounds has a deadline.
    for (let round = 0; round < MOST_ROUNDS; round++) {
      this.#judgeAnewSince = undefined;
      for (const member of this.#members) this.#assessor.assess(member, now);
      this.#groups.settle(now);
      if (this.#judgeAnewSince === undefined) return;
    }
  }

  #tell(member: Member, input: RouterInput, now: Micros): void {
    this.#perform(member, member.router.handle(input, now), now);
  }

  #perform(member: Member, actions: readonly RouterAction[], now: Micros): void {
    this.#deadlines.update(member);
    performActions(this.#targets, member, actions, now);
  }

  #emit(member: Member, event: RouterEvent, now: Micros): void {
    this.#platform.emit(event);
    if (event.kind !== "StateChanged" || !this.#fitness.has(member)) return;
    this.#fitness.stateChanged(member, event.cause, now);
    this.#judgeAnewSince = now;
  }
}
