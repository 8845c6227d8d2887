/** All ports of the engine: opens, changes and closes them as asked, and sends on them at the end of a turn. */

import type { Micros } from "../../../base/time.js";
import type { EngineInput, PortSpec, SendTicket } from "../../../engine/platform.js";
import type { SyscallError } from "../../both/syscall-error.js";
import { type PortSocket, RawPort } from "./raw-port.js";

/** What ports tell. */
export interface RawPortsEvents {
  /** From within {@link RawPorts.receiveNow} only. `age`: how long ago it came, µs. */
  received(input: EngineInput & { readonly kind: "PacketReceived" }, age: Micros): void;
  /** From within all methods of {@link RawPorts}, in the order of the packets of a port. */
  sendFailed(failure: EngineInput & { readonly kind: "SendFailed" }): void;
  /** A port failed otherwise: it could not be opened, or receiving failed. */
  failed(port: string, error: SyscallError): void;
}

/** The ports by their id. */
export class RawPorts {
  readonly #events: RawPortsEvents;
  readonly #ports = new Map<string, RawPort>();
  readonly #pending = new Set<RawPort>();

  constructor(events: RawPortsEvents) {
    this.#events = events;
  }

  /** Ids of the ports that have a socket. */
  get open(): readonly string[] {
    return [...this.#ports].filter(([, port]) => port.isOpen).map(([id]) => id);
  }

  /** Their sockets. */
  get sockets(): readonly PortSocket[] {
    return [...this.#ports.values()].flatMap((port) => port.socket ?? []);
  }

  /**
   * Makes these the ports. Called again with the same ones it opens those whose interface has come back, and tells the failure
   * of those whose interface is still missing.
   */
  set(specs: readonly PortSpec[]): void {
    const wanted = new Set(specs.map((spec) => spec.id));
    for (const [id, port] of this.#ports) {
      if (wanted.has(id)) continue;
      port.close();
      this.#pending.delete(port);
      this.#ports.delete(id);
    }
    for (const spec of specs) this.#setOne(spec);
  }

  /** Queues an IP packet until {@link flush}. A port that there is not fails it. */
  send(id: string, packet: Uint8Array, ticket: SendTicket): void {
    const port = this.#ports.get(id);
    if (port === undefined) {
      this.#events.sendFailed({
        kind: "SendFailed",
        ticket,
        error: "ENOTSOCK",
        text: `there is no port ${id}`,
      });
      return;
    }
    port.queue(packet, ticket);
    this.#pending.add(port);
  }

  /** Sends what is queued on all ports, a system call for each. */
  flush(): void {
    const ports = [...this.#pending];
    this.#pending.clear();
    for (const port of ports) port.flush();
  }

  /** Takes what has arrived, without waiting for the event loop to tell. */
  receiveNow(): void {
    for (const port of [...this.#ports.values()]) port.receiveNow();
  }

  /** Sends what is queued and closes everything. */
  close(): void {
    this.set([]);
  }

  #setOne(spec: PortSpec): void {
    const before = this.#ports.get(spec.id);
    if (before !== undefined && before.spec.receiveBuffer !== spec.receiveBuffer) before.close();
    else if (before !== undefined) {
      if (!isSameSet(before.spec.vrids, spec.vrids)) before.setVrids(spec.vrids);
      before.open();
      return;
    }
    const port = new RawPort(spec, {
      received: (packet, age) =>
        this.#events.received({ kind: "PacketReceived", port: spec.id, packet }, age),
      sendFailed: (ticket, { code, message }) =>
        this.#events.sendFailed({ kind: "SendFailed", ticket, error: code, text: message }),
      failed: (error) => this.#events.failed(spec.id, error),
    });
    this.#ports.set(spec.id, port);
    port.open();
  }
}

function isSameSet(a: readonly number[], b: readonly number[]): boolean {
  const right = new Set(b);
  return new Set(a).size === right.size && a.every((vrid) => right.has(vrid));
}
