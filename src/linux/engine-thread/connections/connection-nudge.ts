/**
 * The other ends of connections whose address has left, and which could not be reset while it was here. A connection's own
 * kernel sends no reset from an address that it has no more, but the next holder's does: to whatever comes for a connection that
 * it does not know. So each client gets one bare ACK from outside of its window, to which it answers with an ACK: to the holder.
 *
 * It can do no harm. If nobody has the address, nothing comes of it; where the connection lives on, because the address is
 * back or the client has connected anew by the same port, the holder's kernel takes the answer for the duplicate that it is.
 */

import { formatIpAddress, type IpAddress, isLinkLocal } from "../../../base/ip-address.js";
import { after, type Micros, micros, milliseconds } from "../../../base/time.js";
import { bareAck } from "../../../wire/bare-ack.js";
import { now } from "../../both/clock.js";
import { type Descriptor, native } from "../../both/native.js";
import { attemptSyscall } from "../../both/syscall-error.js";
import { SendBatch } from "../sockets/send-batch.js";
import { ConnectionList, MOST_ADDRESSES } from "./connection-list.js";
import { connectionOf, type DiagSocket } from "./socket-diag-messages.js";

/** The first time, after the address has left. */
const FIRST: Micros = milliseconds(10);

/** The second time is for who had not heard of the next holder, or whose answer was lost. */
const SECOND: Micros = milliseconds(1_000);

/** What is left of it at the end of the daemon may take so long. */
const LONGEST_END: Micros = milliseconds(250);

/** Connections in one turn of the event loop. With 64 an advert was seen to wait for tens of milliseconds on a loaded host. */
const STEP = 16;

/** Of the thread's time, this part may go into nudges: hundreds of routers may let go at once, and again. */
const SHARE = 1 / 8;

const IPPROTO_RAW = 255;

/**
 * One round at a time, for all addresses whose turn has come; each in steps of one turn of the event loop, so that no advert waits
 * for more than some dozen packets.
 */
export class ConnectionNudge {
  /** When each address has its turns; as the delays are constant, the earliest comes first in each map. */
  readonly #first = new Map<IpAddress, Micros>();
  readonly #second = new Map<IpAddress, Micros>();
  #timer: NodeJS.Timeout | undefined;
  #working: Generator<void, void> | undefined;
  /** Thread time that the round at work has taken, µs. */
  #spent = 0;
  #restUntil: Micros = micros(0);

  /** Nudges the other ends of all connections with these local addresses, when these have left. */
  begin(addresses: readonly IpAddress[]): void {
    const at = now();
    for (const address of addresses) {
      if (!this.#first.has(address)) this.#first.set(address, after(at, FIRST));
      // Deleted before, so that it comes last.
      this.#second.delete(address);
      this.#second.set(address, after(at, SECOND));
    }
    this.#arm();
  }

  /** Finishes what nobody was nudged for yet, in some time at most; the rest is left off. */
  close(): void {
    clearTimeout(this.#timer);
    const end = now() + LONGEST_END;
    const begun = this.#working;
    this.#working = undefined;
    if (begun !== undefined) finish(begun, end);
    const rest = [...this.#first.keys()];
    this.#first.clear();
    this.#second.clear();
    for (let i = 0; i < rest.length && now() < end; i += MOST_ADDRESSES)
      finish(nudged(rest.slice(i, i + MOST_ADDRESSES)), end);
  }

  /** Waits for the next turn, unless a round is at work, which does so at its end. */
  #arm(): void {
    if (this.#working !== undefined) return;
    clearTimeout(this.#timer);
    const [first] = this.#first.values();
    const [second] = this.#second.values();
    const due = Math.min(first ?? Number.POSITIVE_INFINITY, second ?? Number.POSITIVE_INFINITY);
    if (!Number.isFinite(due)) return;
    const wait = Math.max(0, Math.max(due, this.#restUntil) - now());
    this.#timer = setTimeout(() => this.#round(), Math.ceil(wait / 1_000));
  }

  #round(): void {
    const at = now();
    const addresses = new Set<IpAddress>();
    for (const turns of [this.#first, this.#second]) {
      for (const [address, due] of turns) {
        if (due > at || addresses.size === MOST_ADDRESSES) break;
        turns.delete(address);
        addresses.add(address);
      }
    }
    this.#spent = 0;
    this.#working = nudged([...addresses]);
    this.#step(this.#working);
  }

  #step(work: Generator<void, void>): void {
    const begun = now();
    const { done } = work.next();
    this.#spent += now() - begun;
    if (done !== true) {
      setImmediate(() => this.#working === work && this.#step(work));
      return;
    }
    this.#working = undefined;
    this.#restUntil = after(now(), micros(Math.round(this.#spent * (1 / SHARE - 1))));
    this.#arm();
  }
}

function finish(work: Generator<void, void>, end: number): void {
  while (now() < end && work.next().done !== true);
  work.return();
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
