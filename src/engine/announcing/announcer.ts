/** Announces addresses: builds the gratuitous ARPs and unsolicited neighbour advertisements, and tells that they were sent. */

import type { InterfaceAddress } from "../../base/interface-address.js";
import { type Family, familyOf, type IpAddress } from "../../base/ip-address.js";
import { macBytes } from "../../base/mac-address.js";
import type { Micros } from "../../base/time.js";
import { announcementFrame } from "../announcement-frame.js";
import type { EngineEvent } from "../events.js";
import type { Member } from "../member.js";
import type { InterfaceState } from "../platform.js";
import type { Interfaces } from "../tracking/interfaces.js";
import type { AnnouncementGaps, Announcements } from "./announcement-queue.js";

/** Frames of one family for one interface. */
interface Burst {
  readonly interface: string;
  readonly family: Family;
  readonly frames: Uint8Array[];
}

/** Hands frames to the queues of {@link Announcements}. */
export class Announcer {
  readonly #interfaces: Interfaces;
  readonly #queues: Announcements;
  readonly #emit: (event: EngineEvent) => void;
  /** The least gaps between announcements of an interface. */
  readonly #gaps: (interfaceName: string) => AnnouncementGaps;

  constructor(
    interfaces: Interfaces,
    queues: Announcements,
    emit: (event: EngineEvent) => void,
    gaps: (interfaceName: string) => AnnouncementGaps,
  ) {
    this.#interfaces = interfaces;
    this.#queues = queues;
    this.#emit = emit;
    this.#gaps = gaps;
  }

  /** Announces each of `lines` `copies` times, the addresses taking turns. @param provoked because of a neighbour's advert. */
  announce(
    member: Member,
    lines: readonly InterfaceAddress[],
    copies: number,
    now: Micros,
    provoked = false,
  ): void {
    const bursts = new Map<string, Burst>();
    for (let copy = 0; copy < copies; copy++) {
      for (const line of lines) {
        const { mac, ipv6Router } = this.#interfaces.get(line.interface) ?? {};
        if (mac === undefined) continue;
        const family = familyOf(line.address);
        const key = `${line.interface}/${family}`;
        const burst = bursts.get(key) ?? { interface: line.interface, family, frames: [] };
        burst.frames.push(announcementFrame(line.address, macBytes(mac), ipv6Router));
        bursts.set(key, burst);
      }
    }
    const instance = member.instance.name;
    for (const burst of bursts.values())
      this.#queues.add(member, burst.interface, burst.family, burst.frames, this.#gaps(burst.interface), now);
    for (const { address, interface: name } of lines)
      this.#emit({
        kind: "Announced",
        instance,
        interface: name,
        address,
        family: familyOf(address),
        copies,
        ...(provoked ? { provoked } : {}),
      });
  }

  /** When the MAC of an interface changed, neighbours are told at once where the addresses on it are, not at the next refresh. */
  interfaceChanged(
    members: readonly Member[],
    before: InterfaceState | undefined,
    { name, mac }: InterfaceState,
    now: Micros,
  ): void {
    if (before?.mac === undefined || mac === undefined || before.mac === mac) return;
    this.#emit({ kind: "MacChanged", interface: name, from: before.mac, to: mac });
    for (const member of members) {
      const lines = member.held.filter((line) => line.interface === name);
      this.announce(member, lines, member.instance.garp.masterRepeat, now);
    }
  }

  /** Announces the source address of a unicast router once, on its interface. */
  announceSource(member: Member, source: IpAddress, now: Micros): void {
    const name = member.instance.interface;
    if (name === undefined) return;
    const { mac, ipv6Router } = this.#interfaces.get(name) ?? {};
    if (mac === undefined) return;
    const frame = announcementFrame(source, macBytes(mac), ipv6Router);
    this.#queues.add(member, name, familyOf(source), [frame], this.#gaps(name), now);
  }
}
