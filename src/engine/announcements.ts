/**
 * Gratuitous ARPs and unsolicited neighbour advertisements on their way out: at once, or spread by `vrrp_garp_interval` and
 * `vrrp_gna_interval`, which hold per interface.
 */

import type { Family } from "../base/ip-address.js";
import { after, earlier, type Micros } from "../base/time.js";

/** One announcement waiting for its turn. */
interface Waiting {
  readonly owner: string;
  readonly frame: Uint8Array;
}

interface Lane {
  readonly interface: string;
  readonly gap: Micros;
  nextAt: Micros;
  waiting: Waiting[];
}

/** Sends frames out of an interface. */
export type FrameSender = (interfaceName: string, frames: readonly Uint8Array[]) => void;

/** The least gaps between announcements of one interface, µs; 0 = none. */
export interface AnnouncementGaps {
  readonly 4: Micros;
  readonly 6: Micros;
}

/** The queues of all interfaces. */
export class Announcements {
  readonly #send: FrameSender;
  readonly #lanes = new Map<string, Lane>();

  constructor(send: FrameSender) {
    this.#send = send;
  }

  /** Sends, or queues behind what waits. `owner` is the instance, for {@link cancel}. */
  add(
    owner: string,
    interfaceName: string,
    family: Family,
    frames: readonly Uint8Array[],
    gaps: AnnouncementGaps,
    now: Micros,
  ): void {
    const gap = gaps[family];
    if (gap === 0) {
      this.#send(interfaceName, frames);
      return;
    }
    const key = `${interfaceName}/${family}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { interface: interfaceName, gap, nextAt: now, waiting: [] };
      this.#lanes.set(key, lane);
    }
    for (const frame of frames) lane.waiting.push({ owner, frame });
    this.#drain(lane, now);
  }

  /** Drops what `owner` has waiting: it no longer holds the addresses. */
  cancel(owner: string): void {
    for (const lane of this.#lanes.values()) {
      lane.waiting = lane.waiting.filter((waiting) => waiting.owner !== owner);
    }
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline: Micros | undefined;
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.length > 0) deadline = earlier(deadline, lane.nextAt);
    }
    return deadline;
  }

  /** Sends what is due. */
  handleTimeout(now: Micros): void {
    for (const lane of this.#lanes.values()) this.#drain(lane, now);
  }

  #drain(lane: Lane, now: Micros): void {
    while (now >= lane.nextAt) {
      const next = lane.waiting.shift();
      if (next === undefined) return;
      this.#send(lane.interface, [next.frame]);
      lane.nextAt = after(now, lane.gap);
    }
  }
}
