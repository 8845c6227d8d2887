/**
 * `auth_hmac` of one virtual router: which key signs, which sequence comes next, and whether what a sender says is authentic and
 * new. UTC comes in as an argument, µs since 1970.
 */

import type { Family, IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import type { DropReason } from "../wire/drop-reason.js";
import {
  HMAC_TYPE_SHA256,
  isLaterSequence,
  parseHmacTrailer,
  secondsBetween,
  sequenceAt,
  verifyHmacTrailer,
} from "../wire/hmac-trailer.js";
import type { AuthHmac } from "./config.js";

/**
 * Senders of one multicast group whose sequence is remembered, as in keepalived; the one heard least recently is forgotten first.
 * Only who knows a key gets a place. Unicast senders are bounded by the list of peers.
 */
const MULTICAST_SENDERS = 4;

/** What signs the next advert. */
export interface Signature {
  readonly keyId: number;
  readonly key: Uint8Array;
  readonly sequence: bigint;
}

/** A packet that may have a trailer. */
export interface SignedPacket {
  readonly bytes: Uint8Array;
  readonly family: Family;
  readonly source: IpAddress;
  /** Start of the PDU. */
  readonly pdu: number;
  /** Start of the trailer; undefined when there is none. */
  readonly trailer: number | undefined;
  readonly unicast: boolean;
}

/** Why a packet is not believed, or how far its sender's clock is from ours. */
export type HmacVerdict =
  | { readonly kind: "refused"; readonly reason: DropReason; readonly detail: string }
  /** `clockSkew`: seconds that the sender is behind, set only when that is more than half the window. */
  | { readonly kind: "accepted"; readonly clockSkew: number | undefined };

const ACCEPTED: HmacVerdict = { kind: "accepted", clockSkew: undefined };

/** Survives a reload, so that a key can be replaced while adverts go on and nothing old becomes new again. */
export class HmacAuthentication {
  #settings: AuthHmac | undefined;
  #keys: ReadonlyMap<number, Uint8Array> = new Map();
  #sent = 0n;
  /** In the order in which they were last heard. */
  readonly #heard = new Map<IpAddress, bigint>();

  constructor(settings: AuthHmac | undefined) {
    this.reconfigure(settings);
  }

  /** Takes over keys, mode and window. */
  reconfigure(settings: AuthHmac | undefined): void {
    this.#settings = settings;
    // A key that could not be read signs and verifies nothing.
    const known = settings?.keys.filter(({ hex }) => hex !== "") ?? [];
    this.#keys = new Map(known.map(({ id, hex }) => [id, bytesOfHex(hex)]));
  }

  /** True when adverts with a trailer are looked at. */
  get isOn(): boolean {
    return this.#settings !== undefined;
  }

  /** Undefined when adverts go out without a trailer. */
  sign(wall: Micros): Signature | undefined {
    const settings = this.#settings;
    if (settings === undefined || settings.mode === "receive-only") return undefined;
    const key = this.#keys.get(settings.activeKey);
    if (key === undefined) return undefined;
    this.#sent = this.#nextSequence(settings, sequenceAt(wall));
    return { keyId: settings.activeKey, key, sequence: this.#sent };
  }

  /** Judges a packet, and remembers the sequence of one that is authentic and new. */
  check(packet: SignedPacket, wall: Micros): HmacVerdict {
    const settings = this.#settings;
    if (settings === undefined) return ACCEPTED;
    const { source: from, trailer: at, bytes, family, pdu } = packet;
    if (at === undefined) {
      if (settings.mode !== "enforce") return ACCEPTED;
      return refused("hmacMissing", `missing authentication trailer from ${from}`);
    }
    const trailer = parseHmacTrailer(bytes, at);
    if (trailer.type !== HMAC_TYPE_SHA256 || trailer.reserved !== 0)
      return refused("hmacMalformed", `malformed authentication trailer from ${from}`);
    const { timeWindow } = settings;
    const timed = settings.antiReplay === "time";
    const clock = sequenceAt(wall);
    const skew = timed ? secondsBetween(clock, trailer.sequence) : 0;
    // Before the digest is computed: a flood of old packets shall not cost a digest each.
    if (Math.abs(skew) > timeWindow) {
      const skewed = `clock skew ${skew} sec exceeds window ${timeWindow} sec`;
      return refused("hmacStale", `stale authentication trailer from ${from}, ${skewed}`);
    }
    const key = this.#keys.get(trailer.keyId);
    if (key === undefined)
      return refused("hmacUnknownKey", `unknown authentication key id ${trailer.keyId} from ${from}`);
    if (!verifyHmacTrailer({ bytes, family, pdu, trailer: at }, key))
      return refused("hmacInvalid", `invalid authentication HMAC from ${from}`);
    const last = this.#lastFrom(from, timed ? clock : undefined, timeWindow);
    const isNew = last === undefined || isLaterSequence(trailer.sequence, last);
    this.#remember(from, isNew ? trailer.sequence : last, packet.unicast);
    if (!isNew) return refused("hmacReplay", `replayed authentication trailer from ${from}`);
    return { kind: "accepted", clockSkew: Math.abs(skew) > Math.trunc(timeWindow / 2) ? skew : undefined };
  }

  /** The clock, or one more than the last sequence where the clock has not moved on. */
  #nextSequence({ antiReplay, timeWindow }: AuthHmac, clock: bigint): bigint {
    if (isLaterSequence(clock, this.#sent)) return clock;
    // A clock that was set back by more than the window: with the old sequence nobody would believe us.
    if (antiReplay === "time" && secondsBetween(this.#sent, clock) > timeWindow) return clock;
    return BigInt.asUintN(64, this.#sent + 1n);
  }

  /** The last sequence of a sender, unless the window alone keeps out everything up to it. */
  #lastFrom(sender: IpAddress, clock: bigint | undefined, timeWindow: number): bigint | undefined {
    const last = this.#heard.get(sender);
    if (last === undefined || clock === undefined) return last;
    return Math.abs(secondsBetween(clock, last)) > timeWindow ? undefined : last;
  }

  #remember(sender: IpAddress, sequence: bigint, unicast: boolean): void {
    this.#heard.delete(sender);
    this.#heard.set(sender, sequence);
    if (unicast || this.#heard.size <= MULTICAST_SENDERS) return;
    for (const oldest of this.#heard.keys()) {
      this.#heard.delete(oldest);
      return;
    }
  }
}

function refused(reason: DropReason, detail: string): HmacVerdict {
  return { kind: "refused", reason, detail };
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
