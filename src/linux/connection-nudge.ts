/**
 * The other ends of connections whose address has left, and which could not be reset while it was here. A connection's own
 * kernel sends no reset from an address that it has no more, but the next holder's does: to whatever comes for a connection that
 * it does not know. So each client gets one bare ACK from outside of its window, to which it answers with an ACK: to the holder.
 *
 * It can do no harm. If nobody has the address, nothing comes of it; where the connection lives on, because the address is
 * back or the client has connected anew by the same port, the holder's kernel takes the answer for the duplicate that it is.
 */

import { formatIpAddress, type IpAddress, isLinkLocal } from "../base/ip-address.js";
import { type Micros, milliseconds } from "../base/time.js";
import { bareAck } from "../wire/bare-ack.js";
import { now } from "./clock.js";
import { ConnectionList } from "./connection-list.js";
import { type Descriptor, native } from "./native.js";
import { SendBatch } from "./send-batch.js";
import { connectionOf, type DiagSocket } from "./socket-diag-messages.js";
import { attemptSyscall } from "./syscall-error.js";

/** After the address has left, ms. The second time is for who had not heard of the next holder, or whose answer was lost. */
const DELAYS = [10, 1_000];

/** What is left of it at the end of the daemon may take so long. */
const LONGEST_END: Micros = milliseconds(250);

/** Connections in one turn of the event loop. With 64 an advert was seen to wait for tens of milliseconds on a loaded host. */
const STEP = 16;

const IPPROTO_RAW = 255;

/** Some at a time, each in a turn of the event loop, so that no advert waits for more than some dozen packets. */
export class ConnectionNudge {
  /** Who waits for their first time, by timer. */
  readonly #waiting = new Map<NodeJS.Timeout, readonly IpAddress[]>();
  readonly #later = new Set<NodeJS.Timeout>();
  readonly #working = new Set<Generator<void, void>>();

  /** Nudges the other ends of all connections with these local addresses, when these have left. */
  begin(addresses: readonly IpAddress[]): void {
    for (const [index, delay] of DELAYS.entries()) {
      const timer = setTimeout(() => {
        this.#waiting.delete(timer);
        this.#later.delete(timer);
        this.#step(nudged(addresses));
      }, delay);
      if (index === 0) this.#waiting.set(timer, addresses);
      else this.#later.add(timer);
    }
  }

  /** Finishes what nobody was nudged for yet, in some time at most; the rest is left off. */
  close(): void {
    const rest = [...this.#working, ...[...this.#waiting.values()].map(nudged)];
    for (const timer of [...this.#waiting.keys(), ...this.#later]) clearTimeout(timer);
    this.#waiting.clear();
    this.#later.clear();
    this.#working.clear();
    const end = now() + LONGEST_END;
    for (const work of rest) {
      while (now() < end && work.next().done !== true);
      work.return();
    }
  }

  #step(work: Generator<void, void>): void {
    this.#working.add(work);
    if (work.next().done === true) this.#working.delete(work);
    else setImmediate(() => this.#working.has(work) && this.#step(work));
  }
}

/** Best effort: what fails is what TCP's own time-outs are for. */
function* nudged(addresses: readonly IpAddress[]): Generator<void, void> {
  const list = new ConnectionList(1);
  const senders: Sender[] = [];
  try {
    const to = { 4: new Sender(4), 6: new Sender(6) };
    senders.push(to[4], to[6]);
    for (const family of [4, 6] as const) {
      for (const sockets of list.of(family, addresses)) {
        for (let i = 0; i < sockets.length; i += STEP) {
          for (const socket of sockets.slice(i, i + STEP)) nudge(socket, to);
          for (const sender of senders) sender.flush();
          yield;
        }
      }
    }
  } catch {
    // No IPv6, no list, no rights: the daemon has said so where it matters.
  } finally {
    list.close();
    for (const sender of senders) sender.close();
  }
}

function nudge(socket: DiagSocket, to: Readonly<Record<4 | 6, Sender>>): void {
  const { local, remote, interfaceIndex } = connectionOf(socket);
  const packet = bareAck(local, remote);
  if (remote.address.length === 4) to[4].add(packet, 0);
  else to[6].add(packet, isLinkLocal(formatIpAddress(remote.address)) ? interfaceIndex : 0);
}

/** A raw socket for packets with their header; it receives nothing. */
class Sender {
  readonly #family: 4 | 6;
  readonly #batch: SendBatch;
  #descriptor: Descriptor | undefined;

  constructor(family: 4 | 6) {
    this.#family = family;
    this.#batch = new SendBatch(family === 4 ? "ipv4" : "ipv6");
  }

  add(packet: Uint8Array, interfaceIndex: number): void {
    if (this.#batch.full) this.flush();
    if (this.#family === 4) this.#batch.addIpv4(packet);
    else this.#batch.addWholeIpv6(packet, interfaceIndex);
  }

  flush(): void {
    const { AF_INET, AF_INET6, SOCK_RAW } = native.constants;
    this.#descriptor ??= attemptSyscall("socket", "IPPROTO_RAW", () =>
      native.openSocket(this.#family === 4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW),
    );
    this.#batch.send(this.#descriptor);
  }

  close(): void {
    if (this.#descriptor !== undefined) native.close(this.#descriptor);
    this.#descriptor = undefined;
  }
}
