/**
 * What became of the adverts of a virtual router. An advert counts as sent until a failure of every one of its packets comes back,
 * which happens before its turn ends. So facts about the last advert are kept together with those from before it.
 */

import { after, type Micros, micros, milliseconds, seconds } from "../base/time.js";

/** What a packet of a virtual router is for. A `probe` finds out whether adverts can leave again. */
export type PacketPurpose = "advert" | "priorityZero" | "probe";

/** Names one packet for the answer of what became of it. */
export interface PacketTicket {
  readonly purpose: PacketPurpose;
  /** Counts the adverts of a router; the copies for several unicast peers have the same number. */
  readonly advert: number;
}

/** Adverts in a row of which no packet left. */
export interface SendFailure {
  /** When the first of them failed. */
  readonly since: Micros;
  readonly adverts: number;
  /** The name of the errno of the last failure, such as `EPERM`. */
  readonly error: string;
}

/** Between the first two probes, µs, unless `advert_int` is longer. It doubles with each one. */
const FIRST_PROBE: Micros = seconds(1);

/** The longest time between two probes, µs, unless `advert_int` is longer. */
const LONGEST_PROBE: Micros = seconds(10);

/** After so long without another one, µs, an episode of failures is forgotten. */
const EPISODE_FORGOTTEN: Micros = seconds(600);

/** A probe of which no failure has come back after this time, µs, has left. */
export const PROBE_LEFT: Micros = milliseconds(10);

/** One per virtual router; outlives its states. */
export class Sending {
  #number = 0;
  /** Packets of the last advert, and how many of them failed. */
  #packets = 0;
  #failed = 0;
  #failure: SendFailure | undefined;
  /** Times that the router let go because it could not send, and the last of them. */
  #episodes = 0;
  #lastEpisodeAt: Micros | undefined;

  /** The failure that goes on; undefined while adverts leave, as far as is known. */
  get failure(): SendFailure | undefined {
    return this.#failure;
  }

  /** The next advert has so many packets; returns its number. */
  begin(packets: number): number {
    // No failure of all packets of the advert before came back: it has left.
    if (this.#number > 0 && this.#failed < this.#packets) this.#failure = undefined;
    this.#packets = packets;
    this.#failed = 0;
    return ++this.#number;
  }

  /** A packet was not sent; true when it was the last one of the current advert, none of whose packets has left. */
  failed(advert: number, error: string, now: Micros): boolean {
    if (advert !== this.#number) return false;
    this.#failed++;
    if (this.#failed !== this.#packets) return false;
    const { since = now, adverts = 0 } = this.#failure ?? {};
    this.#failure = { since, adverts: adverts + 1, error };
    return true;
  }

  /** The router lets go because it cannot send. */
  letGo(now: Micros): void {
    const last = this.#lastEpisodeAt;
    this.#episodes = last !== undefined && now - last < EPISODE_FORGOTTEN ? this.#episodes + 1 : 0;
    this.#lastEpisodeAt = now;
  }

  /** When the next probe is due after `probes` ones, the last of them, or the beginning of FAULT, at `last`. */
  probeDueAt(last: Micros, probes: number, advertInterval: Micros): Micros {
    const wait = Math.max(FIRST_PROBE, advertInterval) * 2 ** Math.min(16, probes + this.#episodes);
    return after(last, micros(Math.min(wait, Math.max(LONGEST_PROBE, advertInterval))));
  }
}
