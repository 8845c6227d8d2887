/** A host of a game: an engine on a kernel that refuses what it is told to refuse, and forgets nothing by itself. */

import type { InterfaceAddress } from "../base/interface-address.js";
import type { IpAddress } from "../base/ip-address.js";
import type { MacAddress } from "../base/mac-address.js";
import { type Micros, micros } from "../base/time.js";
import { Engine } from "../engine/engine.js";
import type { EngineEvent } from "../engine/events.js";
import { LateWaking } from "../engine/late-waking.js";
import type {
  Answer,
  CheckRun,
  EngineConfig,
  EngineInput,
  InterfaceState,
  Platform,
  PortSpec,
  ScriptRun,
  SendTicket,
} from "../engine/platform.js";

/** What leaves a host. */
export interface SentPacket {
  readonly interface: string;
  readonly packet: Uint8Array;
}

/** Its time is the game's. */
export class GameHost implements Platform {
  readonly engine: Engine;
  readonly id: number;
  /** The errno with which packets and frames are refused. */
  sendError: string | undefined;
  /** The errno with which addresses are refused. */
  addressError: string | undefined;
  /** How scripts end. */
  scriptStatus = 0;
  /** Interfaces that exist, and whether they are up. */
  readonly links = new Map<string, boolean>();
  /** What has left since the last look. */
  readonly sent: SentPacket[] = [];
  /** Packets and frames that were handed over, sent or not. */
  attempts = 0;
  /** Every event, for the log of a game. */
  readonly events: EngineEvent[] = [];
  readonly #waking: LateWaking;
  readonly #kernel = new Map<string, InterfaceAddress>();
  #ports: readonly PortSpec[] = [];
  /** What the engine is told at the end of the turn. */
  #answers: EngineInput[] = [];
  #changed = new Set<string>();

  constructor(id: number, config: EngineConfig) {
    this.id = id;
    this.engine = new Engine(config, this);
    this.#waking = new LateWaking(this.engine);
  }

  /** Lists its interfaces, and starts. */
  start(now: Micros): void {
    this.input({ kind: "WallClockRead", offset: micros(1_767_225_600_000_000) }, now);
    this.input(
      { kind: "InterfacesListed", states: [...this.links.keys()].map((name) => this.#state(name)) },
      now,
    );
    this.input({ kind: "Started" }, now);
  }

  /** Feeds the engine, and everything that follows from it. */
  input(input: EngineInput, now: Micros): void {
    this.#waking.wake(now);
    this.engine.handle(input, now);
    this.#endTurn(now);
  }

  /** Serves its deadlines. */
  serve(now: Micros): void {
    this.#waking.wake(now);
    this.engine.handleTimeout(now);
    this.#endTurn(now);
  }

  /** Takes an interface up, down or away (undefined). */
  setLink(name: string, up: boolean | undefined, now: Micros): void {
    if (up === undefined) {
      this.links.delete(name);
      for (const [key, line] of this.#kernel) if (line.interface === name) this.#kernel.delete(key);
      this.input({ kind: "InterfaceRemoved", interface: name }, now);
    } else {
      this.links.set(name, up);
      this.input({ kind: "InterfaceChanged", state: this.#state(name) }, now);
    }
  }

  /** Another program removes an address. */
  removeForeign(address: IpAddress, now: Micros): void {
    for (const [key, line] of this.#kernel)
      if (line.address === address && this.#kernel.delete(key)) this.#changed.add(line.interface);
    this.#endTurn(now);
  }

  /** A packet arrives on an interface. */
  receive(name: string, packet: Uint8Array, now: Micros): void {
    if (this.links.get(name) !== true) return;
    for (const port of this.#ports)
      if (port.family === 4 && (port.interface ?? name) === name)
        this.input({ kind: "PacketReceived", port: port.id, packet }, now);
  }

  // ---- Platform

  setPorts(ports: readonly PortSpec[]): void {
    this.#ports = ports;
  }

  sendPacket(port: string, packet: Uint8Array, ticket: SendTicket): void {
    this.attempts++;
    const name = this.#ports.find(({ id }) => id === port)?.interface ?? "eth0";
    const error = this.sendError ?? (this.links.get(name) === true ? undefined : "ENETDOWN");
    if (error === undefined) this.sent.push({ interface: name, packet });
    else this.#answers.push({ kind: "SendFailed", ticket, error, text: error });
  }

  sendFrames(name: string, frames: readonly Uint8Array[]): void {
    this.attempts += frames.length;
    const error = this.sendError ?? (this.links.has(name) ? undefined : "ENODEV");
    if (error !== undefined)
      this.#answers.push({ kind: "FramesFailed", interface: name, error, count: frames.length });
  }

  addAddresses(lines: readonly InterfaceAddress[]): void {
    const answers = lines.map((line): Answer<InterfaceAddress> => {
      const error = this.addressError ?? (this.links.has(line.interface) ? undefined : "ENODEV");
      if (error !== undefined) return { item: line, result: "refused", error };
      const key = keyOf(line);
      const result = this.#kernel.has(key) ? "unchanged" : "done";
      this.#kernel.set(key, line);
      this.#changed.add(line.interface);
      return { item: line, result };
    });
    this.#answers.push({ kind: "AddressesAnswered", operation: "add", answers });
  }

  removeAddresses(lines: readonly InterfaceAddress[]): void {
    const answers = lines.map((line): Answer<InterfaceAddress> => {
      const result = this.#kernel.delete(keyOf(line)) ? "done" : "unchanged";
      this.#changed.add(line.interface);
      return { item: line, result };
    });
    this.#answers.push({ kind: "AddressesAnswered", operation: "remove", answers });
  }

  startScript(run: ScriptRun): void {
    // Answered at the end of the turn, or, with a negative status, never.
    if (this.scriptStatus < 0) return;
    const result = { kind: "exited", status: this.scriptStatus } as const;
    this.#answers.push({ kind: "ScriptFinished", run, result });
  }

  killScript(run: ScriptRun): void {
    this.#answers.push({ kind: "ScriptFinished", run, result: { kind: "signaled", signal: "SIGKILL" } });
  }

  startCheck(run: CheckRun): void {
    this.#answers.push({ kind: "CheckFinished", run, result: { ok: true, text: "answered" } });
  }

  emit(event: EngineEvent): void {
    this.events.push(event);
  }

  setFarewell(): void {}
  renewAddresses(): void {}
  withdrawRenewal(): void {}
  handAddresses(): void {}
  rememberOurs(): void {}
  addRoutes(): void {}
  removeRoutes(): void {}
  handRoutes(): void {}
  addRules(): void {}
  removeRules(): void {}
  handRules(): void {}
  abandonCheck(): void {}
  sendHello(): void {}

  // ---- inside

  #endTurn(now: Micros): void {
    for (let round = 0; round < 20 && (this.#answers.length > 0 || this.#changed.size > 0); round++) {
      const answers = this.#answers;
      this.#answers = [];
      for (const answer of answers) this.engine.handle(answer, now);
      const changed = this.#changed;
      this.#changed = new Set();
      for (const name of changed)
        if (this.links.has(name))
          this.engine.handle({ kind: "InterfaceChanged", state: this.#state(name) }, now);
    }
    this.#waking.sleep();
  }

  #state(name: string): InterfaceState {
    const index = name === "eth0" ? 2 : 3;
    const present = (address: IpAddress, prefixLength: number) => ({
      address,
      prefixLength,
      secondary: false,
      unusable: false,
      scope: 0,
    });
    const own = name === "eth0" ? `10.0.0.${this.id}` : `10.0.1.${this.id}`;
    return {
      name,
      index,
      up: this.links.get(name) === true,
      mac: `02:00:00:00:0${index}:0${this.id}` as MacAddress,
      mtu: 1500,
      addresses: [
        present(own as IpAddress, 24),
        ...[...this.#kernel.values()]
          .filter((line) => line.interface === name)
          .map((line) => present(line.address, line.prefixLength)),
      ],
    };
  }
}

function keyOf(line: InterfaceAddress): string {
  return `${line.interface} ${line.address}`;
}
