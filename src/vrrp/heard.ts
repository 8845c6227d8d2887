/**
 * Who was heard on a virtual router's VRID and what became of it: the evidence for `explain`. Bounded, whatever arrives: few
 * senders, one entry for each reason to drop.
 */

import type { IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { DropReason } from "../wire/drop-reason.js";
import type { ReceivedAdvertisement } from "./receive.js";
import { PRIORITY_STOP } from "./timers.js";

/** Senders remembered. */
const MOST_SENDERS = 16;

/** Addresses of a differing list that are remembered. */
const MOST_ADDRESSES = 32;

/** The last advert of a sender that passed the receive ladder. */
export interface HeardAdvert {
  readonly at: Micros;
  readonly priority: number;
  readonly advertInterval: Micros;
  /** Since when its adverts tell this interval. */
  readonly intervalSince: Micros;
  /** Its address list where that is not ours, else undefined; at most 32 addresses. */
  readonly otherAddresses: readonly IpAddress[] | undefined;
}

/** Packets of a sender that were dropped for one reason. */
export interface HeardDrop {
  readonly reason: DropReason;
  readonly count: number;
  readonly at: Micros;
  /** The two values that disagree; never a secret. */
  readonly detail: string;
}

/** All that is known of one sender. */
export interface HeardSender {
  readonly address: IpAddress;
  readonly lastAt: Micros;
  /** Adverts accepted. */
  readonly accepted: number;
  readonly advert: HeardAdvert | undefined;
  /** When it resigned with priority 0; undefined again after its next advert. */
  readonly resignedAt: Micros | undefined;
  /** One entry for each reason, in the order in which they first came. */
  readonly drops: readonly HeardDrop[];
}

interface Entry {
  readonly address: IpAddress;
  lastAt: Micros;
  accepted: number;
  advert: HeardAdvert | undefined;
  resignedAt: Micros | undefined;
  readonly drops: Map<DropReason, { count: number; at: Micros; detail: string }>;
}

/** The senders heard by one virtual router. */
export class HeardSenders {
  readonly #senders = new Map<IpAddress, Entry>();

  /** An advert passed the receive ladder. */
  accepted(advert: ReceivedAdvertisement, now: Micros): void {
    const entry = this.#entry(advert.from, now);
    entry.accepted++;
    if (advert.priority === PRIORITY_STOP) {
      entry.resignedAt = now;
      return;
    }
    entry.resignedAt = undefined;
    const before = entry.advert;
    const same = before?.advertInterval === advert.advertInterval;
    entry.advert = {
      intervalSince: same ? before.intervalSince : now,
      at: now,
      priority: advert.priority,
      advertInterval: advert.advertInterval,
      otherAddresses: advert.addressesMatch ? undefined : advert.addresses().slice(0, MOST_ADDRESSES),
    };
  }

  /** A packet was dropped. */
  dropped(from: IpAddress, reason: DropReason, detail: string, now: Micros): void {
    const { drops } = this.#entry(from, now);
    const drop = drops.get(reason);
    if (drop === undefined) drops.set(reason, { count: 1, at: now, detail });
    else {
      drop.count++;
      drop.at = now;
      drop.detail = detail;
    }
  }

  /** Since when a sender's adverts tell the interval of its last one. */
  intervalSince(from: IpAddress): Micros | undefined {
    return this.#senders.get(from)?.advert?.intervalSince;
  }

  /** True when an advert of another router was accepted that is still remembered. */
  get hasAccepted(): boolean {
    for (const { accepted } of this.#senders.values()) if (accepted > 0) return true;
    return false;
  }

  /** All of them, in the order in which they were first heard. */
  snapshot(): HeardSender[] {
    return [...this.#senders.values()].map((entry) => ({
      ...entry,
      drops: [...entry.drops].map(([reason, drop]) => ({ reason, ...drop })),
    }));
  }

  #entry(address: IpAddress, now: Micros): Entry {
    const known = this.#senders.get(address);
    if (known !== undefined) {
      known.lastAt = now;
      return known;
    }
    if (this.#senders.size >= MOST_SENDERS) this.#forgetOne();
    const entry: Entry = {
      address,
      lastAt: now,
      accepted: 0,
      advert: undefined,
      resignedAt: undefined,
      drops: new Map(),
    };
    this.#senders.set(address, entry);
    return entry;
  }

  /** Invented senders must not push out a real one: who never got an advert accepted goes first, then who is silent longest. */
  #forgetOne(): void {
    let victim: Entry | undefined;
    for (const entry of this.#senders.values()) {
      if (victim === undefined || isLesser(entry, victim)) victim = entry;
    }
    if (victim !== undefined) this.#senders.delete(victim.address);
  }
}

function isLesser(a: Entry, b: Entry): boolean {
  const [aKnown, bKnown] = [a.accepted > 0, b.accepted > 0];
  return aKnown === bKnown ? a.lastAt < b.lastAt : bKnown;
}
