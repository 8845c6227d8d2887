/**
 * Gratuitous ARPs and unsolicited neighbour advertisements on their way out: at once, or spread by `vrrp_garp_interval` and
 * `vrrp_gna_interval`, which hold per interface, or by a `garp_group`, whose interfaces share them.
 */

import type { Family } from "../../base/ip-address.js";
import { after, earlier, type Micros } from "../../base/time.js";
import type { Config } from "../../config/config.js";
import type { Member } from "../member.js";

/** One announcement waiting for its turn. */
interface Waiting {
  readonly owner: Member;
  readonly interface: string;
  readonly frame: Uint8Array;
  /** Equal for frames that announce the same. */
  readonly same: string;
}

interface Lane {
  gap: Micros;
  nextAt: Micros;
  waiting: Waiting[];
}

/** Sends frames out of an interface. */
export type FrameSender = (interfaceName: string, frames: readonly Uint8Array[], now: Micros) => void;

/** The least gaps between announcements, µs; 0 = none. */
export interface AnnouncementGaps {
  /** Whose announcements keep the gaps among each other. */
  readonly scope: string;
  readonly 4: Micros;
  readonly 6: Micros;
}

/** The gaps of an interface: of its `garp_group`, or the global ones for it alone. */
export function gapsOf(config: Config, interfaceName: string): AnnouncementGaps {
  const { global, garpGroups } = config;
  const index = garpGroups.findIndex(({ interfaces }) => interfaces.includes(interfaceName));
  const group = garpGroups[index];
  if (group === undefined) return { scope: interfaceName, 4: global.garpInterval, 6: global.gnaInterval };
  return { scope: `group ${index}`, 4: group.garpInterval, 6: group.gnaInterval };
}

/**
 * Appends what does not wait already. A burst that is asked for while one of the same address waits only makes that one as long as the
 * longer of the two: whatever asks for bursts, and however often, a queue has one burst for each address at most. What waits keeps
 * its place, so that no address is put off for ever.
 */
function queue(
  lane: Lane,
  owner: Waiting["owner"],
  interfaceName: string,
  frames: readonly Uint8Array[],
): void {
  const waiting = new Map<string, number>();
  for (const one of lane.waiting)
    if (one.owner === owner && one.interface === interfaceName)
      waiting.set(one.same, (waiting.get(one.same) ?? 0) + 1);
  for (const frame of frames) {
    const same = String.fromCharCode(...frame);
    const before = waiting.get(same) ?? 0;
    if (before > 0) waiting.set(same, before - 1);
    else lane.waiting.push({ owner, interface: interfaceName, frame, same });
  }
}

/** The queues of all interfaces. */
export class Announcements {
  readonly #send: FrameSender;
  readonly #lanes = new Map<string, Lane>();

  constructor(send: FrameSender) {
    this.#send = send;
  }

  /** Sends, or queues behind what waits. `owner` is for {@link cancel}; a member keeps its identity when a reload renames it. */
  add(
    owner: Member,
    interfaceName: string,
    family: Family,
    frames: readonly Uint8Array[],
    gaps: AnnouncementGaps,
    now: Micros,
  ): void {
    const gap = gaps[family];
    if (gap === 0) {
      this.#send(interfaceName, frames, now);
      return;
    }
    const key = `${gaps.scope}/${family}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { gap, nextAt: now, waiting: [] };
      this.#lanes.set(key, lane);
    }
    lane.gap = gap;
    queue(lane, owner, interfaceName, frames);
    this.#drain(lane, now);
  }

  /** Drops what `owner` has waiting: it no longer holds the addresses. */
  cancel(owner: Member): void {
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
      this.#send(next.interface, [next.frame], now);
      lane.nextAt = after(now, lane.gap);
    }
  }
}
