/**
 * One port of the engine: a raw socket for IP packets of VRRP or AH, on one interface or on all. Whatever fails is told, and
 * nothing is thrown: a port without its interface is closed until {@link RawPort.open} finds that back.
 */

import { constants } from "node:os";
import type { Micros } from "../../../base/time.js";
import type { PortSpec, SendTicket } from "../../../engine/platform.js";
import { ipv4HeaderLength } from "../../../wire/ipv4.js";
import { isIpv6Header } from "../../../wire/ipv6.js";
import { type Descriptor, native } from "../../both/native.js";
import { Readiness } from "../../both/readiness.js";
import { attemptSyscall, SyscallError } from "../../both/syscall-error.js";
import { attachVridFilter, openRawSocket } from "./open-raw-socket.js";
import { RECEIVE_BATCH, receiveIpv4, receiveIpv6 } from "./receive-batch.js";
import { SendBatch } from "./send-batch.js";

/** Batches taken each time the socket is readable; then other descriptors have their turn. */
const BATCHES_PER_TURN = 8;

/** What a port tells. */
export interface RawPortEvents {
  /** An IP packet with its header, in an array of its own that may be kept, and how long ago it came, µs. The header of IPv6 is a
   * new one, see `receiveIpv6`. */
  received(packet: Uint8Array, age: Micros): void;
  /** A packet was not sent; called once for each, from within {@link RawPort.queue} and {@link RawPort.flush}. */
  sendFailed(ticket: SendTicket, error: SyscallError): void;
  /** The port could not be opened and is closed; or its filter could not be changed; or receiving failed, and goes on. */
  failed(error: SyscallError): void;
}

/** What is worth showing of the socket of a port, by which packets are received and sent. */
export interface PortSocket extends Pick<PortSpec, "family" | "protocol" | "multicastGroup"> {
  readonly descriptor: number;
  /** 0 for a port of all interfaces. */
  readonly interfaceIndex: number;
}

interface OpenSocket {
  readonly descriptor: Descriptor;
  readonly readiness: Readiness;
  /** 0 for a port of all interfaces. */
  readonly interfaceIndex: number;
}

/** A port; closed at first. */
export class RawPort {
  #spec: PortSpec;
  readonly #events: RawPortEvents;
  readonly #batch: SendBatch;
  /** Of what the batch holds, in its order. */
  #tickets: SendTicket[] = [];
  #socket: OpenSocket | undefined;

  constructor(spec: PortSpec, events: RawPortEvents) {
    this.#spec = spec;
    this.#events = events;
    this.#batch = new SendBatch(spec.family === 4 ? "ipv4" : "ipv6");
  }

  /** The port as it is asked for, open or not. */
  get spec(): PortSpec {
    return this.#spec;
  }

  /** True while it has a socket. */
  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Its socket, to show; undefined while it has none. */
  get socket(): PortSocket | undefined {
    if (this.#socket === undefined) return undefined;
    const { descriptor, interfaceIndex } = this.#socket;
    const { family, protocol, multicastGroup } = this.#spec;
    return { descriptor, interfaceIndex, family, protocol, multicastGroup };
  }

  /**
   * Opens the port in the calling thread's network namespace. One that is open stays as it is, except that an interface which
   * went and came back with another index gets a new socket.
   * @returns whether it is open.
   */
  open(): boolean {
    try {
      const interfaceIndex = this.#findInterface();
      if (this.#socket?.interfaceIndex === interfaceIndex) return true;
      this.#closeSocket();
      this.#socket = this.#openSocket(interfaceIndex);
      return true;
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#closeSocket();
      this.#events.failed(error);
      return false;
    }
  }

  /** Changes the VRIDs that the kernel lets through. What it has let through already still comes. */
  setVrids(vrids: readonly number[]): void {
    this.#spec = { ...this.#spec, vrids };
    if (this.#socket === undefined) return;
    try {
      attachVridFilter(this.#socket.descriptor, this.#spec);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#events.failed(error);
    }
  }

  /** Copies an IP packet with its header, to be sent by {@link flush} to the header's destination. */
  queue(packet: Uint8Array, ticket: SendTicket): void {
    if (this.#batch.full) this.flush();
    const whole = this.#spec.family === 4 ? ipv4HeaderLength(packet) !== undefined : isIpv6Header(packet);
    if (!whole) {
      this.#reportFailure(
        ticket,
        constants.errno.EINVAL,
        `a packet without an IPv${this.#spec.family} header`,
      );
      return;
    }
    this.#tickets.push(ticket);
    if (this.#spec.family === 4) {
      this.#batch.addIpv4(packet);
    } else {
      this.#batch.addIpv6(packet, this.#socket?.interfaceIndex ?? 0);
    }
  }

  /** Sends what is queued, in order, in one system call where nothing fails. Without a socket every packet fails. */
  flush(): void {
    const failures =
      this.#socket === undefined
        ? this.#batch.fail(constants.errno.ENETDOWN)
        : this.#batch.send(this.#socket.descriptor);
    const tickets = this.#tickets;
    this.#tickets = [];
    for (const { index, errno, destination } of failures) {
      const ticket = tickets[index];
      if (ticket !== undefined) this.#reportFailure(ticket, errno, `${destination}`);
    }
  }

  /** Sends what is queued and closes the socket. {@link open} opens it again. */
  close(): void {
    this.flush();
    this.#closeSocket();
  }

  /** Takes what has arrived, without waiting for the event loop to tell. */
  receiveNow(): void {
    this.#receive();
  }

  #findInterface(): number {
    const name = this.#spec.interface;
    if (name === undefined) return 0;
    return attemptSyscall("if_nametoindex", name, () => native.interfaceIndex(name));
  }

  #openSocket(interfaceIndex: number): OpenSocket {
    const descriptor = openRawSocket(this.#spec, interfaceIndex);
    try {
      const readiness = attemptSyscall(
        "epoll_ctl",
        this.#spec.id,
        () => new Readiness(descriptor, () => this.#receive()),
      );
      return { descriptor, readiness, interfaceIndex };
    } catch (error) {
      native.close(descriptor);
      throw error;
    }
  }

  #closeSocket(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    socket.readiness.close();
    native.close(socket.descriptor);
  }

  #receive(): void {
    const socket = this.#socket;
    const received = (packet: Uint8Array, age: Micros): boolean => {
      this.#events.received(packet, age);
      // The packet may have led to the end of this socket.
      return this.#socket === socket;
    };
    for (let batch = 0; batch < BATCHES_PER_TURN; batch++) {
      if (socket === undefined || this.#socket !== socket) return;
      const { descriptor } = socket;
      const count =
        this.#spec.family === 4
          ? receiveIpv4(descriptor, received)
          : receiveIpv6(descriptor, this.#spec.protocol, received);
      if (count < 0) {
        this.#events.failed(new SyscallError({ syscall: "recvmmsg", object: this.#spec.id, errno: -count }));
      }
      if (count < RECEIVE_BATCH) return;
    }
  }

  #reportFailure(ticket: SendTicket, errno: number, what: string): void {
    const object = this.#spec.interface === undefined ? what : `${what} on ${this.#spec.interface}`;
    this.#events.sendFailed(ticket, new SyscallError({ syscall: "sendmmsg", object, errno }));
  }
}
