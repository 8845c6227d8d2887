/** A simulated host: an engine, an interface, addresses, scripts, a clock of its own, and all that can befall them. */

import type { InterfaceAddress } from "../base/interface-address.js";
import { familyOf, type IpAddress } from "../base/ip-address.js";
import type { MacAddress } from "../base/mac-address.js";
import { type Micros, micros } from "../base/time.js";
import { Engine } from "../engine/engine.js";
import type { EngineEvent } from "../engine/events.js";
import { helloInstancesOf } from "../engine/fitness/hello-instances.js";
import { LateWaking } from "../engine/late-waking.js";
import type {
  CheckResult,
  CheckRun,
  EngineConfig,
  EngineInput,
  InterfaceState,
  InterfaceStateAddress,
  PeerHello,
  Platform,
  PortSpec,
  ScriptRun,
  SendTicket,
  Sharing,
} from "../engine/platform.js";
import { HelloExchange } from "../peers/exchange.js";

import type { Clock } from "./clock.js";
import { KernelAddresses } from "./kernel-addresses.js";
import type { Lan, Station } from "./lan.js";
import { Random } from "./random.js";

/** What a host is made of. */
export interface HostSpec {
  readonly id: number;
  readonly addresses: readonly { readonly address: IpAddress; readonly prefixLength: number }[];
  readonly config: EngineConfig;
  /** Relative error of its clock, e.g. 0.001 runs 0.1 % fast. */
  readonly clockSkew: number;
}

/** UTC when the world begins, µs since 1970: 2026-01-01. */
const EPOCH = 1_767_225_600_000_000;

/** How long the simulated kernel takes to report a changed address, µs. */
const NETLINK_DELAY: Micros = micros(200);

/** The one interface of every host. */
export const SIM_INTERFACE = "eth0";

/** A host on the LAN. */
export class Host implements Platform, Station {
  readonly id: number;
  readonly spec: HostSpec;
  /** Everything the engine told, with the world's time. */
  readonly events: { readonly at: Micros; readonly event: EngineEvent }[] = [];
  /** The errno with which its kernel refuses every packet; undefined: they leave. */
  sendError: string | undefined;
  /** Exit status of each script's next runs; absent: 0. */
  readonly scriptStatus = new Map<string, number>();
  /** What each check's next probes find; absent: all is well. */
  readonly checkResults = new Map<string, CheckResult>();
  readonly #clock: Clock;
  readonly #lan: Lan;
  readonly #random: Random;
  #engine: Engine | undefined;
  #waking: LateWaking | undefined;
  #exchange: HelloExchange;
  /** Distinguishes the lives of the host, so that a late event of an earlier one is ignored. */
  #life = 0;
  #linkUp = true;
  #pausedSince: Micros | undefined;
  #losesPackets = false;
  readonly #waiting: Uint8Array[] = [];
  #ports: readonly PortSpec[] = [];
  readonly #kernel: KernelAddresses;
  /** The journal of the addresses that are not the host's own. */
  #ours: readonly string[] = [];
  /** The kernel has changed an address, and the daemon stood still. */
  #unheard = false;
  #wakeAt: Micros | undefined;
  /** Packets of this turn that were not sent. */
  readonly #failures: Extract<EngineInput, { kind: "SendFailed" }>[] = [];
  /** Renewals that are carried out at the end of the turn, when it is known what was sent. */
  readonly #renewals = new Map<InterfaceAddress, number | undefined>();

  constructor(spec: HostSpec, clock: Clock, lan: Lan, random: Random) {
    this.id = spec.id;
    this.spec = spec;
    this.#clock = clock;
    this.#lan = lan;
    this.#random = random;
    this.#kernel = new KernelAddresses(clock, random, () => this.#interfaceChanges());
    this.#exchange = this.#newExchange();
    lan.attach(this);
  }

  // ---- what befalls it

  /** Switches it on, or starts the daemon again. */
  start(): void {
    this.#life++;
    this.#pausedSince = undefined;
    this.#unheard = false;
    this.#waiting.length = 0;
    this.#wakeAt = undefined;
    this.#exchange = this.#newExchange();
    this.#engine = new Engine(this.spec.config, this, this.#ours);
    this.#waking = new LateWaking(this.#engine);
    this.input({ kind: "WallClockRead", offset: micros(EPOCH - this.now() + this.#clock.now) });
    this.input({ kind: "InterfacesListed", states: [this.#interfaceState()] });
    this.input({ kind: "Started" });
  }

  /** Power failure: everything is gone at once. */
  crash(): void {
    this.#life++;
    this.#engine = undefined;
    this.#pausedSince = undefined;
    this.#ours = [];
    this.#kernel.clear();
  }

  /** The daemon and its parent are killed together: nobody is left to remove anything, but the kernel lives. */
  kill(): void {
    this.#life++;
    this.#engine = undefined;
    this.#pausedSince = undefined;
    this.#kernel.freeze(false);
  }

  /** SIGTERM: it is gone when the last MASTER has let go. */
  stop(): void {
    this.input({ kind: "ShutdownRequested" });
  }

  /** Takes the cable out or puts it back. */
  setLink(up: boolean): void {
    if (this.#linkUp === up) return;
    this.#linkUp = up;
    this.#interfaceChanges();
  }

  /** The host stands still. `losesPackets`: so does its kernel, as when a virtual machine is frozen. */
  pause(losesPackets: boolean): void {
    if (this.#engine === undefined || this.#pausedSince !== undefined) return;
    this.#pausedSince = this.#clock.now;
    this.#losesPackets = losesPackets;
    this.#kernel.freeze(losesPackets);
  }

  /** The host goes on. */
  resume(): void {
    if (this.#pausedSince === undefined) return;
    this.#pausedSince = undefined;
    this.#kernel.freeze(false);
    const unheard = this.#unheard;
    this.#unheard = false;
    // Which of its sockets is read first is chance.
    const first = unheard && this.#random.chance(0.5);
    if (first) this.input({ kind: "InterfaceChanged", state: this.#interfaceState() });
    for (const packet of this.#waiting.splice(0)) this.receivePacket(packet);
    this.#serve();
    if (unheard && !first) this.input({ kind: "InterfaceChanged", state: this.#interfaceState() });
  }

  /** Somebody deletes an address. */
  deleteAddress(address: IpAddress): void {
    if (this.#kernel.remove(address)) this.#interfaceChanges();
  }

  /** Feeds the engine. */
  input(input: EngineInput): void {
    if (this.#engine === undefined) return;
    this.#waking?.wake(this.now());
    this.#engine.handle(input, this.now());
    this.#endTurn();
    this.#endIfStopped();
    this.#arm();
  }

  // ---- what can be seen of it

  /** Its own idea of the time. */
  now(): Micros {
    return micros(this.#clock.now * (1 + this.spec.clockSkew) + this.id * 1_000_003);
  }

  /** The engine while it runs. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** True while it runs, is not paused and its link is up. */
  get alive(): boolean {
    return this.#engine !== undefined && this.#pausedSince === undefined && this.#linkUp;
  }

  get connected(): boolean {
    return this.#linkUp;
  }

  /** True when the kernel has the address. */
  holds(address: IpAddress): boolean {
    return this.#kernel.has(address);
  }

  /** True when its kernel goes on and its daemon does not: it was killed, or stopped by a signal. */
  get headless(): boolean {
    return this.#engine === undefined || (this.#pausedSince !== undefined && !this.#losesPackets);
  }

  /** Names of the instances that are MASTER. */
  masters(): string[] {
    return this.#engine?.masters() ?? [];
  }

  // ---- Station

  receivePacket(packet: Uint8Array): void {
    if (this.#engine === undefined) return;
    if (this.#pausedSince !== undefined) {
      if (!this.#losesPackets) this.#waiting.push(packet);
      return;
    }
    const family = (packet[0] ?? 0) >> 4;
    for (const port of this.#ports) {
      if (port.family === family) this.input({ kind: "PacketReceived", port: port.id, packet });
    }
  }

  receiveHello(from: IpAddress, datagram: Uint8Array): void {
    if (this.#pausedSince !== undefined) return;
    const received = { bytes: datagram, from, hopLimit: 255, interface: SIM_INTERFACE };
    for (const heard of this.#exchange.incoming(received, this.now()))
      this.input({ kind: "PeerHeard", heard });
  }

  // ---- Platform

  setPorts(ports: readonly PortSpec[]): void {
    this.#ports = ports;
  }

  sendPacket(_port: string, packet: Uint8Array, ticket: SendTicket): void {
    const error = this.sendError;
    if (error === undefined) this.#lan.send(this, packet);
    else this.#failures.push({ kind: "SendFailed", ticket, error, text: error });
  }

  setFarewell(): void {
    // When a simulated host dies it loses power: nobody is left to say goodbye.
  }

  sendFrames(_interfaceName: string, frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#lan.sendFrame(this, frame);
  }

  addAddresses(addresses: readonly InterfaceAddress[], _sharing: Sharing, lifetime?: number): void {
    for (const line of addresses) this.#kernel.add(line, lifetime);
    this.#interfaceChanges();
  }

  renewAddresses(addresses: readonly InterfaceAddress[], lifetime: number | undefined): void {
    for (const line of addresses) this.#renewals.set(line, lifetime);
  }

  withdrawRenewal(addresses: readonly InterfaceAddress[]): void {
    for (const line of addresses) this.#renewals.delete(line);
  }

  removeAddresses(addresses: readonly InterfaceAddress[]): void {
    for (const line of addresses) {
      this.#renewals.delete(line);
      this.#kernel.remove(line.address);
    }
    this.#interfaceChanges();
  }

  handAddresses(): void {
    // A simulated host has no static addresses, which alone could change hands.
  }

  rememberOurs(keys: readonly string[]): void {
    this.#ours = keys;
  }

  addRoutes(): void {
    // A simulated host has no routing.
  }

  removeRoutes(): void {
    // As above.
  }

  addRules(): void {
    // As above.
  }

  removeRules(): void {
    // As above.
  }

  handRoutes(): void {
    // As above.
  }

  handRules(): void {
    // As above.
  }

  startScript(run: ScriptRun): void {
    const life = this.#life;
    const took = micros(this.#random.integer(500, 5_000));
    this.#clock.schedule(micros(this.#clock.now + took), () => {
      if (life !== this.#life) return;
      const status = this.scriptStatus.get(run.script) ?? 0;
      this.input({ kind: "ScriptFinished", run, result: { kind: "exited", status } });
    });
  }

  killScript(): void {
    // A simulated script always ends by itself.
  }

  startCheck(run: CheckRun): void {
    const life = this.#life;
    const took = micros(this.#random.integer(200, 2_000));
    this.#clock.schedule(micros(this.#clock.now + took), () => {
      if (life !== this.#life) return;
      const result = this.checkResults.get(run.check) ?? { ok: true, text: "answered 200" };
      this.input({ kind: "CheckFinished", run, result });
    });
  }

  abandonCheck(): void {
    // A simulated probe always ends by itself.
  }

  sendHello(instance: string, source: IpAddress, hello: PeerHello): void {
    const datagram = this.#exchange.outgoing(instance, source, hello, this.now());
    if (datagram !== undefined) this.#lan.tell(this, (station) => station.receiveHello(source, datagram));
  }

  emit(event: EngineEvent): void {
    this.events.push({ at: this.#clock.now, event });
  }

  // ---- inside

  /** Its ids are random, and take nothing from the sequence that decides about the LAN. */
  #newExchange(): HelloExchange {
    const random = new Random(this.id * 1_000 + this.#life);
    const half = () => random.integer(0, 0xffff_ffff).toString(16).padStart(8, "0");
    const exchange = new HelloExchange(() => half() + half());
    exchange.configure(helloInstancesOf(this.spec.config));
    return exchange;
  }

  #interfaceChanges(): void {
    const life = this.#life;
    this.#clock.schedule(micros(this.#clock.now + NETLINK_DELAY), () => {
      if (life !== this.#life) return;
      if (this.#pausedSince !== undefined) this.#unheard = true;
      else this.input({ kind: "InterfaceChanged", state: this.#interfaceState() });
    });
  }

  #interfaceState(): InterfaceState {
    const present = (address: IpAddress, prefixLength: number): InterfaceStateAddress => ({
      address,
      prefixLength,
      secondary: false,
      unusable: false,
      scope: familyOf(address) === 6 && address.startsWith("fe80") ? 253 : 0,
    });
    return {
      name: SIM_INTERFACE,
      index: 2,
      up: this.#linkUp,
      mac: `02:00:00:00:00:${this.id.toString(16).padStart(2, "0")}` as MacAddress,
      mtu: 1500,
      addresses: [
        ...this.spec.addresses.map((line) => present(line.address, line.prefixLength)),
        ...this.#kernel.all.map((line) => present(line.address, line.prefixLength)),
      ],
    };
  }

  /** As the driver on Linux: the engine hears what was not sent, then lifetimes are renewed. */
  #endTurn(): void {
    for (let round = 0; round < 4 && this.#failures.length > 0; round++)
      for (const failure of this.#failures.splice(0)) this.#engine?.handle(failure, this.now());
    for (const [line, lifetime] of this.#renewals) this.#kernel.renew(line, lifetime);
    this.#renewals.clear();
  }

  #endIfStopped(): void {
    if (this.#engine?.stopped !== true) return;
    this.#engine = undefined;
    this.#life++;
  }

  /** Sees to it that the engine's next deadline is served; an earlier wake-up that finds nothing to do does no harm. */
  #arm(): void {
    this.#waking?.sleep();
    const deadline = this.#engine?.nextDeadline();
    if (deadline === undefined) return;
    const at = micros(Math.ceil((deadline - this.id * 1_000_003) / (1 + this.spec.clockSkew)) + 1);
    if (this.#wakeAt !== undefined && this.#wakeAt <= at && this.#wakeAt > this.#clock.now) return;
    this.#wakeAt = at;
    const life = this.#life;
    this.#clock.schedule(at, () => {
      if (life !== this.#life) return;
      if (this.#wakeAt === at) this.#wakeAt = undefined;
      if (this.#pausedSince === undefined) this.#serve();
    });
  }

  #serve(): void {
    const engine = this.#engine;
    const deadline = engine?.nextDeadline();
    const now = this.now();
    if (engine === undefined || deadline === undefined) return;
    this.#waking?.wake(now);
    engine.handleTimeout(now);
    this.#endTurn();
    this.#endIfStopped();
    this.#arm();
  }
}
