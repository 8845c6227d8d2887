/**
 * The engine on Linux: runs it in this thread, on this thread's event loop, and carries out what it asks for. One turn is: an
 * input or a deadline, then everything it led to is sent in batches, then the next deadline is armed.
 */

import type { InterfaceAddress } from "../../base/interface-address.js";
import type { IpAddress } from "../../base/ip-address.js";
import type { Route, Rule } from "../../base/routing.js";
import { type Micros, micros } from "../../base/time.js";
import { Engine } from "../../engine/engine.js";
import type { EngineEvent } from "../../engine/events.js";
import { LateWaking } from "../../engine/late-waking.js";
import type {
  CheckRun,
  EngineConfig,
  EngineInput,
  PeerHello,
  Platform,
  PortSpec,
  ScriptRun,
  SendTicket,
  Sharing,
} from "../../engine/platform.js";
import { now } from "../both/clock.js";
import { DeadlineTimer } from "./deadline-timer.js";
import { AddressMonitor } from "./rtnetlink/address-monitor.js";
import { type InterfaceInput, InterfaceWatch } from "./rtnetlink/interface-watch.js";
import { KernelState } from "./rtnetlink/kernel-state.js";
import { Renewals } from "./rtnetlink/renewals.js";
import { FrameSocket } from "./sockets/frame-socket.js";
import { LeaseBeats } from "./sockets/lease-beats.js";
import type { PortSocket } from "./sockets/raw-port.js";
import { RawPorts } from "./sockets/raw-ports.js";
import { WallClock } from "./wall-clock.js";
import { PRACTICE_ADDRESSES, rehearse, warmUp } from "./warm-up.js";

/** A probe to start or to give up. */
export interface CheckOrder extends CheckRun {
  readonly order: "start" | "abandon";
}

/** What the driver cannot do in this thread, or has to tell. */
export interface DriverListener {
  /** Events of one turn, in order, after everything they speak of was sent. */
  events(events: readonly EngineEvent[]): void;
  startScript(run: ScriptRun): void;
  killScript(run: ScriptRun, signal: "SIGTERM" | "SIGKILL"): void;
  /** Probes to start and to give up, of one turn, in order. */
  checkOrders(orders: readonly CheckOrder[]): void;
  /** Tell the other nodes. */
  sendHello(instance: string, source: IpAddress, hello: PeerHello): void;
  /** To be kept until a later run of the same boot, see the engine's platform. */
  rememberOurs(keys: readonly string[]): void;
  /** A line for the operator. */
  notice(text: string): void;
}

/**
 * So long before a BACKUP takes over, µs, it rehearses that: what has not run for seconds runs from cold caches, and costs a
 * millisecond more. The rest of the time is spent awake, as waking up takes a quarter of a millisecond.
 */
const REHEARSAL: Micros = micros(6_000);

/** What the rehearsal itself takes, from cold caches, µs: with less time left there is none. */
const REHEARSAL_COST: Micros = micros(3_500);

/** What one more rehearsal takes when the caches are warm, µs. */
const ONE_REHEARSAL: Micros = micros(1_000);

/** How long the kernel may take to show an address that it has added, ms; then it is asked for its list. */
const SHOWN_WITHIN = 1_000;
/** Rounds of failures and answers in one turn; what is left is heard in the next one. */
const ANSWERS = 4;

/** One engine with its sockets. */
export class EngineDriver implements Platform {
  readonly #engine: Engine;
  readonly #waking: LateWaking;
  readonly #listener: DriverListener;
  readonly #timer: DeadlineTimer;
  readonly #frames: FrameSocket;
  readonly #watch: InterfaceWatch;
  readonly #kernel: KernelState;
  readonly #renewals: Renewals;
  readonly #ports: RawPorts;
  /** Open when there are beats to send. */
  #beatFrames: FrameSocket | undefined;
  readonly #beats = new LeaseBeats((name) => this.#watch.macOf(name));
  readonly #wallClock = new WallClock();
  #turnEnds = false;
  #shownCheck: NodeJS.Timeout | undefined;
  /** Resolves {@link stop}'s wait for the last MASTER to let go. */
  #whenStopped: (() => void) | undefined;
  /** The instant of the last input: an input that came before it, but is heard after it, counts as simultaneous. */
  #lastAt: Micros = micros(0);
  /** The take-over that was rehearsed. */
  #rehearsed: Micros | undefined;
  #events: EngineEvent[] = [];
  /** What was not sent, in order, until the engine hears of it. */
  readonly #failures: Extract<EngineInput, { kind: "SendFailed" | "FramesFailed" }>[] = [];
  #checkOrders: CheckOrder[] = [];

  /**
   * Subscribes to the interfaces; the engine starts as soon as they are listed, and `started` is called.
   * @throws {SyscallError} when a capability is missing.
   */
  constructor(
    config: EngineConfig,
    options: {
      readonly addressMonitoring: boolean;
      readonly leaseTable: string;
      readonly ours: readonly string[];
      readonly sequences: readonly string[];
    },
    listener: DriverListener,
    started: () => void,
  ) {
    this.#listener = listener;
    const monitor = options.addressMonitoring ? new AddressMonitor(listener.notice) : undefined;
    this.#engine = new Engine(config, this, options.ours, options.sequences);
    this.#waking = new LateWaking(this.#engine);
    this.#timer = new DeadlineTimer(() => this.#deadline());
    this.#frames = new FrameSocket((index, { code }) => this.#framesFailed(index, code));
    this.#ports = new RawPorts({
      received: (input, age) => this.input(input, age),
      sendFailed: (failure) => {
        this.#beats.failed(failure.ticket.router);
        this.#failures.push(failure);
      },
      failed: (id, error) => listener.notice(`${id}: ${error.message}`),
    });
    let listed = false;
    const buffer = config.global.engineThread.netlinkMonitorBuffer;
    this.#watch = new InterfaceWatch(
      {
        interfaces: (input) => {
          monitor?.observe(input);
          this.input(input);
          this.#checkRoutes(input);
          if (listed || input.kind !== "InterfacesListed") return;
          listed = true;
          this.input({ kind: "Started" });
          this.#practise(warmUp(config));
          // The events of the start are told before the start itself.
          this.#endTurn();
          started();
        },
        trouble: (message) => listener.notice(`rtnetlink: ${message}`),
      },
      buffer === undefined ? {} : { receiveBufferSize: buffer },
    );
    this.#kernel = new KernelState((name) => this.#watch.indexOf(name), options.leaseTable, {
      input: (input) => this.input(input),
      notice: (text) => listener.notice(text),
    });
    this.#renewals = new Renewals((addresses, lifetime) => this.#kernel.renewAddresses(addresses, lifetime));
    this.#watch.start();
  }

  /** The engine, to look at. */
  get engine(): Engine {
    return this.#engine;
  }

  /** Tells the parent that this thread lives. @param limit ms, see {@link KernelState.beat}. */
  beat(limit: number): void {
    this.#kernel.beat(limit);
  }

  /** The sockets for packets, to show. */
  get sockets(): readonly PortSocket[] {
    return this.#ports.sockets;
  }

  /**
   * Feeds the engine; what it asks for is done at the end of the turn, so that a batch of packets is one turn.
   * @param age how long ago it happened, µs.
   */
  input(input: EngineInput, age: Micros = micros(0)): void {
    // It may be about interfaces that have just been made.
    if (input.kind === "ReloadRequested") this.#watch.receiveNow();
    this.#wake();
    this.#lastAt = micros(Math.max(this.#lastAt, now() - age));
    this.#readWallClock(this.#lastAt);
    this.#engine.handle(input, this.#lastAt);
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    queueMicrotask(() => this.#endTurn());
  }

  /** Says goodbye, gives the addresses back (neither with `keepAddresses`) and closes everything; resolves when the kernel has confirmed. */
  async stop({ keepAddresses }: { readonly keepAddresses: boolean }): Promise<void> {
    if (!keepAddresses) {
      const stopped = new Promise<void>((resolve) => {
        this.#whenStopped = resolve;
      });
      this.input({ kind: "ShutdownRequested" });
      await stopped;
    } else this.#kernel.keepAddresses();
    await this.#kernel.settled();
    this.#endTurn();
    clearTimeout(this.#shownCheck);
    this.#timer.close();
    this.#renewals.close();
    this.#ports.close();
    this.#frames.close();
    this.#beatFrames?.close();
    this.#watch.close();
    this.#kernel.close();
  }

  // ---- Platform

  setPorts(ports: readonly PortSpec[]): void {
    this.#ports.flush();
    this.#ports.set(ports);
  }

  sendPacket(port: string, packet: Uint8Array, ticket: SendTicket): void {
    this.#beats.queued(this.#engine.config, ticket.router, packet);
    this.#ports.send(port, packet, ticket);
  }

  setFarewell(router: string, interfaceName: string | undefined, packets: readonly Uint8Array[]): void {
    const index = interfaceName === undefined ? 0 : this.#watch.indexOf(interfaceName);
    if (index !== undefined) this.#kernel.setFarewell(router, index, packets);
  }

  sendFrames(interfaceName: string, frames: readonly Uint8Array[]): void {
    const index = this.#watch.indexOf(interfaceName);
    if (index === undefined) {
      const count = frames.length;
      this.#failures.push({ kind: "FramesFailed", interface: interfaceName, error: "ENODEV", count });
      return;
    }
    for (const frame of frames) this.#frames.queue(index, frame);
  }

  addAddresses(addresses: readonly InterfaceAddress[], sharing: Sharing, lifetime?: number): void {
    this.#flush();
    this.#kernel.addAddresses(addresses, sharing, lifetime);
    this.#shownCheck ??= setTimeout(() => this.#checkShown(), SHOWN_WITHIN);
  }

  renewAddresses(addresses: readonly InterfaceAddress[], lifetime: number | undefined): void {
    this.#renewals.add(addresses, lifetime);
  }

  withdrawRenewal(addresses: readonly InterfaceAddress[]): void {
    this.#renewals.drop(addresses);
  }

  removeAddresses(addresses: readonly InterfaceAddress[], then: "gone" | "back"): void {
    // The last advert leaves before the address does.
    this.#flush();
    this.#renewals.drop(addresses);
    const orphaned = then === "gone" ? this.#orphaned(addresses) : [];
    this.#kernel.removeAddresses(addresses, orphaned, this.#patience());
  }

  handAddresses(addresses: readonly InterfaceAddress[], sharing: Sharing): void {
    if (sharing === "shared") this.#renewals.drop(addresses);
    this.#kernel.handAddresses(addresses, sharing);
  }

  rememberOurs(keys: readonly string[]): void {
    this.#listener.rememberOurs(keys);
  }

  addRoutes(routes: readonly Route[], sharing: Sharing): void {
    this.#kernel.addRoutes(routes, sharing);
  }

  removeRoutes(routes: readonly Route[]): void {
    this.#flush();
    this.#kernel.removeRoutes(routes);
  }

  handRoutes(routes: readonly Route[], sharing: Sharing): void {
    this.#kernel.handRoutes(routes, sharing);
  }

  handRules(rules: readonly Rule[], sharing: Sharing): void {
    this.#kernel.handRules(rules, sharing);
  }

  addRules(rules: readonly Rule[], sharing: Sharing): void {
    this.#kernel.addRules(rules, sharing);
  }

  removeRules(rules: readonly Rule[]): void {
    this.#flush();
    this.#kernel.removeRules(rules);
  }

  startScript(run: ScriptRun): void {
    this.#listener.startScript(run);
  }

  killScript(run: ScriptRun, signal: "SIGTERM" | "SIGKILL"): void {
    this.#listener.killScript(run, signal);
  }

  startCheck(run: CheckRun): void {
    this.#checkOrders.push({ ...run, order: "start" });
  }

  abandonCheck(run: CheckRun): void {
    this.#checkOrders.push({ ...run, order: "abandon" });
  }

  sendHello(instance: string, source: IpAddress, hello: PeerHello): void {
    this.#listener.sendHello(instance, source, hello);
  }

  emit(event: EngineEvent): void {
    this.#events.push(event);
  }

  // ---- inside

  /** How long the adverts of all instances can wait without anybody taking notice. */
  #patience(): Micros {
    const intervals = this.#engine.config.instances.map(({ advertInterval }) => advertInterval);
    return micros(Math.min(...intervals) / 2);
  }

  /** Addresses that no interface will have any more: their connections lead nowhere. */
  #orphaned(addresses: readonly InterfaceAddress[]): IpAddress[] {
    if (!this.#engine.config.global.resetConnections) return [];
    const states = this.#watch.states();
    return addresses
      .filter(
        (line) =>
          !states.some(
            ({ name, addresses: present }) =>
              name !== line.interface && present.some(({ address }) => address === line.address),
          ),
      )
      .map(({ address }) => address);
  }

  /** What others removed before the kernel had shown it came without any news: only a list tells. */
  #checkShown(): void {
    this.#shownCheck = undefined;
    const shown = new Set(
      this.#watch
        .states()
        .flatMap(({ name, addresses }) => addresses.map(({ address }) => `${name} ${address}`)),
    );
    const missing = this.#kernel
      .addedAddresses()
      .some(({ interface: name, address }) => !shown.has(`${name} ${address}`));
    if (missing) this.#watch.listAgain();
  }

  /** One round in each turn of the event loop, so that packets and deadlines are served in between. */
  #practise(rounds: Generator<void>): void {
    if (rounds.next().done !== true) setImmediate(() => this.#practise(rounds));
  }

  /** After the engine, which knows then whether the interface is up. */
  #checkRoutes(input: InterfaceInput): void {
    if (input.kind === "InterfaceChanged") this.#kernel.interfaceChanged(input.state.name);
    else if (input.kind === "InterfaceRemoved") this.#kernel.interfaceChanged(input.interface);
    else for (const { name } of input.states) this.#kernel.interfaceChanged(name);
  }

  #readWallClock(at: Micros): void {
    const offset = this.#wallClock.news();
    if (offset !== undefined) this.#engine.handle({ kind: "WallClockRead", offset }, at);
  }

  #deadline(): void {
    const takeover = this.#engine.nextTakeover();
    const left = takeover === undefined ? 0 : takeover - now();
    if (
      takeover !== undefined &&
      takeover !== this.#rehearsed &&
      left > REHEARSAL_COST &&
      left <= REHEARSAL
    ) {
      this.#rehearse(takeover);
    }
    // What arrived while the process did not run may tell that the peer lives: it is heard before its silence is judged.
    if (this.#wake()) this.#ports.receiveNow();
    this.#lastAt = now();
    this.#readWallClock(this.#lastAt);
    this.#engine.handleTimeout(this.#lastAt);
    this.#endTurn();
  }

  /** Rehearses the take-over, waits for its instant, and hears what came until then. */
  #rehearse(takeover: Micros): void {
    this.#rehearsed = takeover;
    this.#kernel.rehearse(PRACTICE_ADDRESSES);
    do {
      rehearse(this.#engine.config);
      this.#ports.receiveNow();
      // Heard after all: there is nothing to wait for.
      if (this.#engine.nextTakeover() !== takeover) return;
    } while (takeover - now() > ONE_REHEARSAL);
    while (now() < takeover);
    this.#ports.receiveNow();
  }

  /** Tells the engine that it woke late, if it did; true then. */
  #wake(): boolean {
    const at = micros(Math.max(this.#lastAt, now()));
    if (!this.#waking.wake(at)) return false;
    this.#lastAt = at;
    return true;
  }

  #endTurn(): void {
    this.#turnEnds = false;
    this.#flush();
    this.#takeFailures();
    this.#waking.sleep();
    this.#timer.arm(this.#nextWakeUp());
    this.#renewals.begin();
    if (this.#engine.stopped) this.#whenStopped?.();
    if (this.#checkOrders.length > 0) this.#listener.checkOrders(this.#checkOrders.splice(0));
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#listener.events(events);
  }

  /** The engine hears what of this turn was not sent, before the turn ends. What it sends for an answer may fail, too. */
  #takeFailures(): void {
    for (let round = 0; round < ANSWERS && this.#failures.length > 0; round++) {
      for (const failure of this.#failures.splice(0)) this.#engine.handle(failure, this.#lastAt);
      this.#flush();
    }
  }

  /** Gathers the failed frames of an interface. */
  #framesFailed(index: number, error: string): void {
    const name = this.#watch.states().find((state) => state.index === index)?.name ?? `interface ${index}`;
    const last = this.#failures.at(-1);
    if (last?.kind === "FramesFailed" && last.interface === name && last.error === error)
      this.#failures[this.#failures.length - 1] = { ...last, count: last.count + 1 };
    else this.#failures.push({ kind: "FramesFailed", interface: name, error, count: 1 });
  }

  #nextWakeUp(): Micros | undefined {
    const deadline = this.#engine.nextDeadline();
    const takeover = this.#engine.nextTakeover();
    if (takeover === undefined || takeover !== deadline || this.#rehearsed === takeover) return deadline;
    return now() > takeover - REHEARSAL_COST ? deadline : micros(takeover - REHEARSAL);
  }

  #sendBeats(): void {
    const beats = this.#beats.take();
    if (beats.length === 0) return;
    // Each "fails" with ENOBUFS, as the packet filter takes it; one that is not taken needs no word either.
    this.#beatFrames ??= new FrameSocket(() => {});
    for (const { interface: name, frame } of beats) {
      const index = this.#watch.indexOf(name);
      if (index !== undefined) this.#beatFrames.queue(index, frame);
    }
    this.#beatFrames.flush();
  }

  #flush(): void {
    this.#ports.flush();
    this.#sendBeats();
    this.#frames.flush();
  }
}
