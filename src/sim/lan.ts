/**
 * A LAN segment in memory: carries bytes with delay, loss, duplication, reordering, and can be cut between any two hosts.
 */

import type { IpAddress } from "../base/ip-address.js";
import { type Micros, micros } from "../base/time.js";
import type { Clock } from "./clock.js";
import { PcapRecorder } from "./pcap.js";
import type { Random } from "./random.js";

/** How the LAN treats a packet; all of it may change while it runs. */
export interface LanConditions {
  /** µs; each packet takes between `delay` and `delay + jitter`, so jitter reorders. */
  readonly delay: Micros;
  readonly jitter: Micros;
  /** Probabilities, 0…1. */
  readonly loss: number;
  readonly duplication: number;
}

/** A LAN that does nothing wrong. */
export const HEALTHY: LanConditions = { delay: micros(100), jitter: micros(50), loss: 0, duplication: 0 };

/** Somebody on the LAN. */
export interface Station {
  readonly id: number;
  /** False while its cable is out. */
  readonly connected: boolean;
  /** An IP packet arrives. */
  receivePacket(packet: Uint8Array): void;
  /** The datagram of a Vigil node's hello arrives. */
  receiveHello(from: IpAddress, datagram: Uint8Array): void;
}

/** One broadcast domain. */
export class Lan {
  conditions: LanConditions = HEALTHY;
  /** Kept only while recording. */
  readonly pcap: PcapRecorder | undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #stations: Station[] = [];
  /** Group of each station; packets stay within one group. All 0 while the LAN is whole. */
  readonly #side = new Map<number, number>();

  constructor(clock: Clock, random: Random, record: boolean) {
    this.#clock = clock;
    this.#random = random;
    this.pcap = record ? new PcapRecorder() : undefined;
  }

  /** Plugs a station in. */
  attach(station: Station): void {
    this.#stations.push(station);
  }

  /** Splits the LAN: stations with different numbers do not hear each other. */
  partition(sides: ReadonlyMap<number, number>): void {
    this.#side.clear();
    for (const [id, side] of sides) this.#side.set(id, side);
  }

  /** Joins all sides. */
  heal(): void {
    this.#side.clear();
  }

  /** Sends an IP packet to everybody who can hear the sender. */
  send(from: Station, packet: Uint8Array): void {
    if (!from.connected) return;
    this.pcap?.packet(this.#clock.now, from.id, packet);
    for (const station of this.#stations) {
      if (station === from || this.#sideOf(station) !== this.#sideOf(from)) continue;
      const copies = this.#random.chance(this.conditions.duplication) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        if (this.#random.chance(this.conditions.loss)) continue;
        this.#deliver(station, packet);
      }
    }
  }

  /** Hands something else than a packet to everybody who can hear the sender, under the same conditions. */
  tell(from: Station, take: (station: Station) => void): void {
    if (!from.connected) return;
    for (const station of this.#stations) {
      if (station === from || this.#sideOf(station) !== this.#sideOf(from)) continue;
      if (this.#random.chance(this.conditions.loss)) continue;
      const { delay, jitter } = this.conditions;
      const at = micros(this.#clock.now + delay + this.#random.next() * jitter);
      this.#clock.schedule(at, () => {
        if (station.connected) take(station);
      });
    }
  }

  /** Sends an Ethernet frame; only the recorder looks at it. */
  sendFrame(from: Station, frame: Uint8Array): void {
    if (from.connected) this.pcap?.frame(this.#clock.now, frame);
  }

  #deliver(station: Station, packet: Uint8Array): void {
    const { delay, jitter } = this.conditions;
    const at = micros(this.#clock.now + delay + this.#random.next() * jitter);
    const copy = packet.slice();
    this.#clock.schedule(at, () => {
      if (station.connected) station.receivePacket(copy);
    });
  }

  #sideOf(station: Station): number {
    return this.#side.get(station.id) ?? 0;
  }
}
