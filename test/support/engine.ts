/** An engine under test on a recording platform: inputs in, words for what it asked of the world out. */

import type { InterfaceAddress } from "../../src/base/interface-address.js";
import { type IpAddress, ipAddress } from "../../src/base/ip-address.js";
import type { MacAddress } from "../../src/base/mac-address.js";
import type { Route, Rule } from "../../src/base/routing.js";
import { type Micros, micros } from "../../src/base/time.js";
import { Engine } from "../../src/engine/engine.js";
import type { EngineEvent } from "../../src/engine/events.js";
import type {
  CheckRun,
  EngineConfig,
  InterfaceState,
  PeerHello,
  Platform,
  PortSpec,
  ScriptRun,
  SendTicket,
  Sharing,
} from "../../src/engine/platform.js";

/** The state of an interface with the host's own address and, if wanted, more. */
export function anInterface(
  name: string,
  overrides: Partial<InterfaceState> = {},
  extra: string[] = [],
): InterfaceState {
  const present = (text: string, prefixLength: number) => ({
    address: ipAddress(text),
    prefixLength,
    secondary: false,
    unusable: false,
    scope: 0,
  });
  return {
    name,
    index: 2,
    up: true,
    mac: "02:00:00:00:00:01" as MacAddress,
    mtu: 1500,
    addresses: [present("10.0.0.2", 24), ...extra.map((text) => present(text, 32))],
    ...overrides,
  };
}

/** Records every call as a word. */
export class EngineUnderTest implements Platform {
  readonly engine: Engine;
  readonly calls: string[] = [];
  readonly events: EngineEvent[] = [];
  ports: readonly PortSpec[] = [];
  readonly runs: ScriptRun[] = [];
  readonly hellos: { instance: string; fit: boolean }[] = [];
  readonly checkRuns: CheckRun[] = [];
  /** What is said should the daemon die, by router. */
  readonly farewells = new Map<
    string,
    { readonly interface: string | undefined; readonly packets: readonly Uint8Array[] }
  >();
  /** When addresses were added or renewed, and the lifetimes that they were given. */
  readonly lifetimes: { at: Micros; lifetime: number | undefined; renewed?: IpAddress }[] = [];
  /** The journal of the addresses that are not the host's own. */
  ours: readonly string[];
  /** Of all packets, in order. */
  readonly tickets: SendTicket[] = [];
  now: Micros = micros(0);

  constructor(config: EngineConfig, ours: readonly string[] = [], sequences: readonly string[] = []) {
    this.ours = ours;
    this.engine = new Engine(config, this, ours, sequences);
  }

  /** Lists the interfaces and starts. */
  start(...interfaces: InterfaceState[]): this {
    this.engine.handle({ kind: "InterfacesListed", states: interfaces }, this.now);
    this.engine.handle({ kind: "Started" }, this.now);
    return this;
  }

  /** Lets time pass, serving deadlines as they come. */
  wait(length: number): this {
    const end = micros(this.now + length);
    for (;;) {
      const deadline = this.engine.nextDeadline();
      if (deadline === undefined || deadline > end) break;
      this.now = micros(Math.max(deadline, this.now));
      this.engine.handleTimeout(this.now);
    }
    this.now = end;
    return this;
  }

  /** The calls since the last look, without the frames and packets unless asked for. */
  take(withTraffic = false): string[] {
    const calls = this.calls.splice(0);
    return withTraffic
      ? calls
      : calls.filter((call) => !call.startsWith("send") && !call.startsWith("frames"));
  }

  /** State of an instance by name. */
  state(name: string): string | undefined {
    return this.engine.snapshot().routers.find((router) => router.config.name === name)?.state.name;
  }

  setPorts(ports: readonly PortSpec[]): void {
    this.ports = ports;
  }

  sendPacket(port: string, packet: Uint8Array, ticket: SendTicket): void {
    this.tickets.push(ticket);
    this.calls.push(`send ${port} ${packet[22]}`);
  }

  setFarewell(router: string, interfaceName: string | undefined, packets: readonly Uint8Array[]): void {
    this.farewells.set(router, { interface: interfaceName, packets });
  }

  sendFrames(interfaceName: string, frames: readonly Uint8Array[]): void {
    this.calls.push(`frames ${interfaceName} ${frames.length}`);
  }

  addAddresses(addresses: readonly InterfaceAddress[], _sharing: Sharing, lifetime?: number): void {
    this.calls.push(`add ${addresses.map((line) => line.address).join(" ")}`);
    this.lifetimes.push({ at: this.now, lifetime });
  }

  renewAddresses(addresses: readonly InterfaceAddress[], lifetime: number | undefined): void {
    for (const line of addresses) this.lifetimes.push({ at: this.now, lifetime, renewed: line.address });
  }

  withdrawRenewal(addresses: readonly InterfaceAddress[]): void {
    this.calls.push(`withdraw ${addresses.map((line) => line.address).join(" ")}`);
  }

  removeAddresses(addresses: readonly InterfaceAddress[]): void {
    this.calls.push(`remove ${addresses.map((line) => line.address).join(" ")}`);
  }

  handAddresses(addresses: readonly InterfaceAddress[], sharing: Sharing): void {
    this.calls.push(`${sharing} ${addresses.map((line) => line.address).join(" ")}`);
  }

  rememberOurs(keys: readonly string[]): void {
    this.ours = keys;
  }

  handRoutes(routes: readonly Route[], sharing: Sharing): void {
    this.calls.push(`${sharing} routes ${routes.map((route) => route.destination.address).join(" ")}`);
  }

  handRules(rules: readonly Rule[], sharing: Sharing): void {
    this.calls.push(`${sharing} rules ${rules.map((rule) => rule.preference).join(" ")}`);
  }

  addRoutes(routes: readonly Route[], sharing: Sharing): void {
    this.calls.push(`add ${sharing} routes ${routes.map((route) => route.destination.address).join(" ")}`);
  }

  removeRoutes(routes: readonly Route[]): void {
    this.calls.push(`remove routes ${routes.map((route) => route.destination.address).join(" ")}`);
  }

  addRules(rules: readonly Rule[], sharing: Sharing): void {
    this.calls.push(`add ${sharing} rules ${rules.map((rule) => rule.preference).join(" ")}`);
  }

  removeRules(rules: readonly Rule[]): void {
    this.calls.push(`remove rules ${rules.map((rule) => rule.preference).join(" ")}`);
  }

  startScript(run: ScriptRun): void {
    this.runs.push(run);
    this.calls.push(`start ${run.script} ${run.run}`);
  }

  killScript(run: ScriptRun, signal: string): void {
    this.calls.push(`kill ${run.script} ${run.run} ${signal}`);
  }

  startCheck(run: CheckRun): void {
    this.checkRuns.push(run);
    this.calls.push(`probe ${run.check} ${run.run}`);
  }

  abandonCheck(run: CheckRun): void {
    this.calls.push(`abandon ${run.check} ${run.run}`);
  }

  sendHello(instance: string, _source: IpAddress, hello: PeerHello): void {
    this.hellos.push({ instance, fit: hello.fit });
  }

  emit(event: EngineEvent): void {
    this.events.push(event);
    if (event.kind === "StateChanged") this.calls.push(`${event.instance} ${event.to} ${event.cause.kind}`);
    if (event.kind === "GroupStateChanged") this.calls.push(`group ${event.group} ${event.to}`);
  }
}
