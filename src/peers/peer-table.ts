/**
 * What is known of the other nodes of one virtual router, in bounded memory. A sender that is invented must never take the place of one
 * that is better known.
 */

import type { IpAddress } from "../base/ip-address.js";
import { type Micros, micros, seconds } from "../base/time.js";
import type { PeerReport } from "../wire/peer-hello.js";
import type { Trust } from "./trust.js";

/** Nodes remembered for one virtual router. */
export const MOST_PEERS = 64;

/** The last hello of a node. */
export interface HelloFact {
  readonly trust: Trust;
  readonly fit: boolean;
  /** When it came. */
  readonly at: Micros;
  /** Undefined from Vigil 0.1. */
  readonly report: PeerReport | undefined;
}

/** One other node. */
export interface Peer {
  readonly address: IpAddress;
  /** The last hello of the highest trust that it had lately. */
  readonly hello: HelloFact | undefined;
  /** When an advert of it was last accepted by the receive ladder. */
  readonly advertAt: Micros | undefined;
}

/** A hello of lower trust does not replace one of higher trust that is younger than this, µs: anybody can write a sender's address. */
const OUTRANKS: Micros = seconds(600);

/** The nodes heard by one virtual router. */
export class PeerTable {
  readonly #peers = new Map<IpAddress, Peer>();

  /** All of them, in the order in which they were first heard. */
  all(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** What is known of a node. */
  get(address: IpAddress): Peer | undefined {
    return this.#peers.get(address);
  }

  /** A hello; false when nothing is made of it. */
  heardHello(address: IpAddress, hello: HelloFact): boolean {
    const peer = this.#peers.get(address);
    const before = peer?.hello;
    const outranked = before !== undefined && rankOf(before.trust) > rankOf(hello.trust);
    if (outranked && hello.at - before.at < OUTRANKS) return false;
    return this.#put({ address, hello, advertAt: peer?.advertAt }, hello.at);
  }

  /** An advert that passed the receive ladder. */
  heardAdvert(address: IpAddress, now: Micros): void {
    this.#put({ address, hello: this.#peers.get(address)?.hello, advertAt: now }, now);
  }

  /** A node is not fit until it says so again: it has said goodbye, or does not answer. */
  notFit(address: IpAddress): void {
    const peer = this.#peers.get(address);
    if (peer?.hello !== undefined)
      this.#peers.set(address, { ...peer, hello: { ...peer.hello, fit: false } });
  }

  #put(peer: Peer, now: Micros): boolean {
    if (!this.#peers.has(peer.address) && this.#peers.size >= MOST_PEERS && !this.#makeRoom(peer, now))
      return false;
    this.#peers.set(peer.address, peer);
    return true;
  }

  /** Removes the least known one; false when that is less than nobody's place. */
  #makeRoom(newcomer: Peer, now: Micros): boolean {
    let victim: Peer | undefined;
    for (const peer of this.#peers.values()) {
      if (victim === undefined || isLesser(peer, victim, now)) victim = peer;
    }
    if (victim === undefined || standing(victim, now) > standing(newcomer, now)) return false;
    this.#peers.delete(victim.address);
    return true;
  }
}

/** Trust as a number: the higher one is believed. */
export function rankOf(trust: Trust): number {
  return trust === "authenticated" ? 2 : trust === "plausible" ? 1 : 0;
}

/**
 * How well a node is known: whoever has the key, then who sent an advert that was accepted, then neighbours, then hearsay; of those
 * that no key vouches for, one that says it is fit before one that says it is not. Silence of 600 s makes all equal.
 */
function standing({ hello, advertAt }: Peer, now: Micros): number {
  const recent = hello !== undefined && now - hello.at < OUTRANKS ? hello : undefined;
  if (recent?.trust === "authenticated") return 5;
  if (advertAt !== undefined && now - advertAt < OUTRANKS) return 4;
  if (recent === undefined) return -1;
  return rankOf(recent.trust) * 2 + (recent.fit ? 1 : 0);
}

function isLesser(a: Peer, b: Peer, now: Micros): boolean {
  const [aStanding, bStanding] = [standing(a, now), standing(b, now)];
  return aStanding === bStanding ? lastAt(a) < lastAt(b) : aStanding < bStanding;
}

function lastAt({ hello, advertAt }: Peer): Micros {
  return micros(Math.max(hello?.at ?? 0, advertAt ?? 0));
}
