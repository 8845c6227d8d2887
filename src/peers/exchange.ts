/**
 * Hellos from and to bytes, for all instances of a daemon: stamps and signs what is sent; verifies what comes, and bounds what that
 * costs. Pure; where a hello came from is judged later, see trust.ts.
 */

import type { Family, IpAddress } from "../base/ip-address.js";
import type { Micros } from "../base/time.js";
import { encodePeerHello, type HelloDatagram, type PeerHello, parsePeerHello } from "../wire/peer-hello.js";
import { verifyHello } from "../wire/peer-signature.js";
import { Freshness, type Novelty, type RandomId } from "./freshness.js";
import { Quota } from "./quota.js";
import type { HelloKeys } from "./secret.js";
import type { HeardHello, Proof } from "./trust.js";

/** An instance that says hello. */
export interface HelloInstance {
  readonly name: string;
  readonly family: Family;
  readonly vrid: number;
  /** Its first virtual address. */
  readonly address: IpAddress;
  /** Undefined without a secret. */
  readonly keys: HelloKeys | undefined;
}

/** A datagram as it came. */
export interface ReceivedDatagram {
  readonly bytes: Uint8Array;
  readonly from: IpAddress;
  /** TTL or hop limit; -1 for unknown. */
  readonly hopLimit: number;
  /** The interface that it came in by; undefined where the socket is bound to none. */
  readonly interface: string | undefined;
}

/** Signatures verified in a second at most: some 20 ms of a processor. A flood beyond leaves a sample. */
const VERIFIED_PER_SECOND = 1_000;

/** Hellos handed on in a second that no key vouches for. */
const UNPROVEN_PER_SECOND = 50;

const NOT_FRESH: Novelty = { fresh: false, wantsAnswer: false };

/** What became of the datagrams. */
export interface ExchangeCounters {
  /** Handed on. */
  accepted: number;
  /** No hello, or for no instance of ours, or our own. */
  ignored: number;
  /** Beyond what is looked at in a second. */
  limited: number;
  /** Signed with another key than ours. */
  wrongKey: number;
}

/** One for a daemon. */
export class HelloExchange {
  readonly counters: ExchangeCounters = { accepted: 0, ignored: 0, limited: 0, wrongKey: 0 };
  readonly #randomId: RandomId;
  readonly #boot: string;
  readonly #verifications = new Quota(VERIFIED_PER_SECOND);
  readonly #unproven = new Quota(UNPROVEN_PER_SECOND);
  #instances: readonly HelloInstance[] = [];
  readonly #freshness = new Map<string, Freshness>();

  /** @param randomId makes ids that nobody can guess. */
  constructor(randomId: RandomId) {
    this.#randomId = randomId;
    this.#boot = randomId();
  }

  /** Adopts the instances of a configuration; what is known of their senders stays. */
  configure(instances: readonly HelloInstance[]): void {
    this.#instances = instances;
    const scopes = new Set(instances.map(scopeOf));
    for (const scope of this.#freshness.keys()) if (!scopes.has(scope)) this.#freshness.delete(scope);
  }

  /** The datagram for a hello of an instance; undefined when it is not configured. */
  outgoing(name: string, source: IpAddress, hello: PeerHello, now: Micros): Uint8Array | undefined {
    const instance = this.#instances.find((one) => one.name === name);
    if (instance === undefined) return undefined;
    const stamp = this.#freshnessOf(instance).next(source, now);
    return encodePeerHello(hello, stamp, instance.keys?.signing);
  }

  /** What a datagram says, once for each instance that it is for. */
  incoming(received: ReceivedDatagram, now: Micros): readonly HeardHello[] {
    const datagram = parsePeerHello(received.bytes);
    const matching =
      datagram === undefined ? [] : this.#instances.filter((instance) => isFor(datagram.hello, instance));
    if (datagram === undefined || matching.length === 0) {
      this.counters.ignored++;
      return [];
    }
    return matching.flatMap((instance) => {
      const heard = this.#take(instance, received, datagram, now);
      if (heard !== undefined) this.counters.accepted++;
      return heard ?? [];
    });
  }

  #take(
    instance: HelloInstance,
    received: ReceivedDatagram,
    datagram: HelloDatagram,
    now: Micros,
  ): HeardHello | undefined {
    const { hello, stamp } = datagram;
    const { from, hopLimit } = received;
    const freshness = this.#freshnessOf(instance);
    if (stamp !== undefined && freshness.isOwn(stamp)) {
      this.counters.ignored++;
      return undefined;
    }
    const looked = stamp === undefined || freshness.mayBeNew(from, stamp);
    const proof = looked ? this.#proofOf(instance, received.bytes, datagram, now) : undefined;
    if (proof === undefined || (proof !== "signed" && !this.#unproven.take(now))) {
      this.counters.limited++;
      return undefined;
    }
    const proven = proof === "signed" || proof === "unsigned";
    const novelty = proven && stamp !== undefined ? freshness.take(from, stamp, now) : NOT_FRESH;
    return {
      hello,
      instance: instance.name,
      from,
      interface: received.interface,
      hopLimit,
      proof,
      ...novelty,
    };
  }

  /** Undefined when there is no time to look. */
  #proofOf(
    { keys }: HelloInstance,
    bytes: Uint8Array,
    { stamp, signature }: HelloDatagram,
    now: Micros,
  ): Proof | undefined {
    if (stamp === undefined) return "old";
    if (keys === undefined) return "unsigned";
    if (signature === undefined) return "missing";
    if (!this.#verifications.take(now)) return undefined;
    const key = keys.verifying.get(signature.keyId);
    if (key !== undefined && verifyHello(bytes, signature.digestAt, key)) return "signed";
    this.counters.wrongKey++;
    return "wrong";
  }

  #freshnessOf(instance: HelloInstance): Freshness {
    const scope = scopeOf(instance);
    const known = this.#freshness.get(scope);
    if (known !== undefined) return known;
    const fresh = new Freshness(this.#boot, this.#randomId);
    this.#freshness.set(scope, fresh);
    return fresh;
  }
}

/** What stays when an instance gets another name at a reload. */
function scopeOf({ family, vrid, address }: HelloInstance): string {
  return `${family}/${vrid}/${address}`;
}

function isFor(hello: PeerHello, { family, vrid, address }: HelloInstance): boolean {
  return hello.family === family && hello.vrid === vrid && hello.address === address;
}
