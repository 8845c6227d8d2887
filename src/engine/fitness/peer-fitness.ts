/**
 * Decides whether a MASTER whose check fails steps down: only for a peer that is fitter. VRRP's BACKUPs are silent, so Vigil nodes
 * tell each other whether they are fit. A node that says nothing that can be trusted is taken for a keepalived, whose health is
 * unknown: then the MASTER steps down, as keepalived does. docs/checks.md has the rules and their reasons.
 */

import type { IpAddress } from "../../base/ip-address.js";
import { after, earlier, type Micros, micros, milliseconds, seconds } from "../../base/time.js";
import { type HelloFact, PeerTable, rankOf } from "../../peers/peer-table.js";
import { hasSecret } from "../../peers/secret.js";
import { type HeardHello, type Trust, trustOf } from "../../peers/trust.js";
import type { TransitionCause } from "../../vrrp/cause.js";
import type { ReceivedAdvertisement } from "../../vrrp/receive.js";
import { PRIORITY_STOP } from "../../vrrp/timers.js";
import type { Member } from "../member.js";
import type { Platform } from "../platform.js";
import { type OwnFitness, ownHello } from "./own-hello.js";

/** Between two hellos, µs. */
const HELLO_INTERVAL: Micros = seconds(1);

/** The least time between two hellos that answer strangers, µs: nobody can make us send more. */
const ANSWER_GAP: Micros = milliseconds(100);

/** A peer is believed to be fit for so long after its hello, µs. */
export const HELLO_FRESH: Micros = seconds(3);

/** A peer's word that it is not fit counts for so long, µs. Later it may be a keepalived. */
const PROOF_LASTS: Micros = seconds(60);

/** The sender of an advert may be there for so long, µs. */
const REMEMBERED: Micros = seconds(600);

/** A new MASTER whose predecessor stepped down keeps the addresses for so long, µs: a shared fault must not move them around. */
const SETTLING: Micros = seconds(10);

/**
 * How long an answer is waited for, µs. It takes a few ms; a peer that probes for longer says hello meanwhile, and that counts too.
 * So a peer that is silent for as long as this does not live, or does not hear us.
 */
const ANSWER_LIMIT: Micros = milliseconds(1_250);

/** The question may be lost: it is asked again after this time, µs. */
const ASK_AGAIN: Micros = milliseconds(100);

/**
 * The addresses are kept for so long without a break although a check fails, µs. A silent keepalived that is well may be there, of
 * which no peer can tell. Without a secret any neighbour can write the hellos of all: then only for a moment.
 */
const KEPT_LONGEST: Readonly<Record<"authenticated" | "plausible", Micros>> = {
  authenticated: seconds(300),
  plausible: seconds(10),
};

/** A peer as it is shown. */
export interface PeerSnapshot extends HelloFact {
  readonly address: IpAddress;
  /** Its word counts for decisions. */
  readonly trusted: boolean;
}

/** What an outsider may see of the peers of one virtual router. */
export interface FitnessSnapshot {
  /** What this node tells the others of itself. */
  readonly own: OwnFitness;
  /** Since when the addresses are kept although a check fails; undefined: they are not. */
  readonly keptSince: Micros | undefined;
  /** When that ends at the latest. */
  readonly keptUntil: Micros | undefined;
  /** While a MASTER that took over from one that stepped down does not step down itself. */
  readonly settledAt: Micros | undefined;
  readonly peers: readonly PeerSnapshot[];
}

/** What is known about the peers of one virtual router. */
interface Cluster {
  readonly table: PeerTable;
  own: OwnFitness;
  helloSentAt: Micros | undefined;
  /** When the next hello is due. */
  helloAt: Micros;
  settledAt: Micros | undefined;
  /** Until when a MASTER whose check fails waits for a peer to say that it is still fit. */
  askedUntil: Micros | undefined;
  /** When it asks again. */
  askAt: Micros | undefined;
  /** A peer did. */
  confirmed: boolean;
  keptSince: Micros | undefined;
  /** The longest time was reached, and the check has not been well since. */
  keptOut: boolean;
  /** When what is known may be too old to go on keeping. */
  reviewAt: Micros | undefined;
}

/** Where a sender is: in a subnet of the interface that its hello came in by, or of any when that is unknown. */
export type IsOnLink = (interfaceName: string | undefined, address: IpAddress) => boolean;

/** The peers of all instances that track checks. */
export class PeerFitness {
  readonly #platform: Pick<Platform, "sendHello" | "emit">;
  readonly #isOnLink: IsOnLink;
  readonly #clusters = new Map<Member, Cluster>();
  /** A peer waits for an answer about them. */
  #queried: Member[] = [];
  #hasPeerKey = false;

  constructor(platform: Pick<Platform, "sendHello" | "emit">, isOnLink: IsOnLink) {
    this.#platform = platform;
    this.#isOnLink = isOnLink;
  }

  /** Adopts those of the instances whose checks are under damping. @param peerKey `vrrp_peer_key` */
  configure(
    all: readonly Member[],
    isDamped: (check: string) => boolean,
    peerKey: string | undefined,
    now: Micros,
  ): void {
    this.#hasPeerKey = peerKey !== undefined;
    const members = all.filter(({ instance, group }) =>
      [instance, ...(group === undefined ? [] : [group])].some(({ trackChecks, trackScripts }) =>
        [...trackChecks, ...trackScripts].some(({ name }) => isDamped(name)),
      ),
    );
    for (const member of this.#clusters.keys()) if (!members.includes(member)) this.#clusters.delete(member);
    for (const member of members)
      if (!this.#clusters.has(member)) this.#clusters.set(member, newCluster(now));
  }

  /** True for an instance that takes part. */
  has(member: Member): boolean {
    return this.#clusters.has(member);
  }

  /** A peer's hello; true when instances are to be judged anew. */
  heard(heard: HeardHello, now: Micros): boolean {
    const { hello, from } = heard;
    for (const [member, cluster] of this.#clusters) {
      if (member.instance.name !== heard.instance) continue;
      if (from === member.source) return false;
      const listed = member.instance.unicastPeers.some(({ address }) => address === from);
      const trust = trustOf(heard, { onLink: this.#isOnLink(heard.interface, from), listed });
      if (heard.wantsAnswer) answerSoon(cluster, now);
      const before = cluster.table.get(from)?.hello;
      const { fit, asks, report } = hello;
      if (!cluster.table.heardHello(from, { trust, fit, at: now, report })) return false;
      if (!this.#obeys(member, trust)) return false;
      if (cluster.askedUntil !== undefined && fit) cluster.confirmed = true;
      if (asks && cluster.own.fit && !this.#queried.includes(member)) this.#queried.push(member);
      return before?.fit !== fit || before.trust !== trust || cluster.confirmed;
    }
    return false;
  }

  /**
   * An advert that passed the receive ladder; undefined: none did. A sender that says goodbye, by itself or by its parent process, is not fit until it says so
   * again.
   */
  heardAdvert(member: Member, advert: ReceivedAdvertisement | undefined, now: Micros): void {
    const cluster = this.#clusters.get(member);
    if (cluster === undefined || advert === undefined) return;
    cluster.table.heardAdvert(advert.from, now);
    if (advert.priority === PRIORITY_STOP) cluster.table.notFit(advert.from);
  }

  /** An instance changed its state. */
  stateChanged(member: Member, cause: TransitionCause, now: Micros): void {
    const cluster = this.#clusters.get(member);
    if (cluster === undefined) return;
    const followed = member.router.stateName === "MASTER" && cause.kind === "priorityZeroReceived";
    askNoMore(cluster);
    cluster.settledAt = followed ? after(now, SETTLING) : undefined;
  }

  /** The instances that a peer asked about: their checks are to probe now, then {@link answer}. */
  queried(): readonly Member[] {
    return this.#queried;
  }

  /** Tells the peer that asked. */
  answer(member: Member, now: Micros): void {
    const cluster = this.#clusters.get(member);
    this.#queried = this.#queried.filter((other) => other !== member);
    if (cluster !== undefined) this.#hello(member, cluster, now);
  }

  /**
   * True when a MASTER is to keep the addresses although a check fails. That needs proof: every node that is known says, where it is
   * believed, that it is not fit. Before a MASTER steps down it asks: what fails here may have failed everywhere, a moment ago.
   */
  keeps(member: Member, failing: boolean, now: Micros): boolean {
    const cluster = this.#clusters.get(member);
    if (cluster === undefined) return false;
    cluster.reviewAt = undefined;
    if (member.router.stateName !== "MASTER") {
      cluster.keptSince = undefined;
      return false;
    }
    if (!failing) {
      askNoMore(cluster);
      cluster.keptSince = undefined;
      cluster.keptOut = false;
      return false;
    }
    const others = this.#trusted(member, cluster, now);
    const known = others.length > 0 && !this.#hasStranger(member, cluster, now);
    const settling = cluster.settledAt !== undefined && now < cluster.settledAt;
    const better = others.some(({ hello }) => hello.fit && now - hello.at < HELLO_FRESH);
    if (known && !cluster.keptOut && (settling || !better)) return this.#keep(member, cluster, others, now);
    this.#endKeeping(member, cluster, known ? "peerFit" : "stranger");
    if (cluster.confirmed || !known || !better) return false;
    if (cluster.askedUntil === undefined) {
      cluster.askedUntil = after(now, ANSWER_LIMIT);
      this.#ask(member, cluster, now);
    }
    return now < cluster.askedUntil;
  }

  #keep(member: Member, cluster: Cluster, others: readonly TrustedPeer[], now: Micros): boolean {
    if (cluster.keptSince === undefined) {
      cluster.keptSince = now;
      this.#platform.emit({ kind: "AddressesKept", instance: member.instance.name });
    }
    const until = this.#keptUntil(member, cluster.keptSince);
    if (now >= until) {
      cluster.keptOut = true;
      this.#endKeeping(member, cluster, "limit");
      return false;
    }
    const oldest = Math.min(...others.map(({ hello }) => hello.at));
    cluster.reviewAt = micros(Math.min(until, oldest + PROOF_LASTS));
    return true;
  }

  #endKeeping(member: Member, cluster: Cluster, because: "peerFit" | "stranger" | "limit"): void {
    if (cluster.keptSince === undefined) return;
    cluster.keptSince = undefined;
    this.#platform.emit({ kind: "AddressesKeptNoLonger", instance: member.instance.name, because });
  }

  #keptUntil(member: Member, since: Micros): Micros {
    return after(since, KEPT_LONGEST[this.#needed(member)]);
  }

  /** The trust that a hello must have to count. */
  #needed({ instance }: Member): "authenticated" | "plausible" {
    return this.#hasPeerKey || hasSecret(instance) ? "authenticated" : "plausible";
  }

  #obeys(member: Member, trust: Trust): boolean {
    return rankOf(trust) >= rankOf(this.#needed(member));
  }

  /** The peers whose word counts, as far as it is not too old. */
  #trusted(member: Member, { table }: Cluster, now: Micros): TrustedPeer[] {
    return table.all().flatMap(({ address, hello }) => {
      const counts = hello !== undefined && this.#obeys(member, hello.trust) && now - hello.at < PROOF_LASTS;
      return counts ? [{ address, hello }] : [];
    });
  }

  /** True when a node may be there of which nothing is known: a unicast peer or a sender of adverts without a hello that counts. */
  #hasStranger(member: Member, cluster: Cluster, now: Micros): boolean {
    const known = new Set(this.#trusted(member, cluster, now).map(({ address }) => address));
    const listed = member.instance.unicastPeers.map(({ address }) => address);
    const senders = cluster.table
      .all()
      .flatMap(({ address, advertAt }) =>
        advertAt !== undefined && now - advertAt < REMEMBERED ? [address] : [],
      );
    const own = new Set([member.source, ...member.localPeers]);
    return [...listed, ...senders].some((address) => !own.has(address) && !known.has(address));
  }

  #ask(member: Member, cluster: Cluster, now: Micros): void {
    cluster.askAt = after(now, ASK_AGAIN);
    this.#hello(member, cluster, now, true);
  }

  /** Tells the peers at once when it changed. */
  update(member: Member, own: OwnFitness, now: Micros): void {
    const cluster = this.#clusters.get(member);
    if (cluster === undefined) return;
    const changed = cluster.own.fit !== own.fit;
    cluster.own = own;
    if (changed) this.#hello(member, cluster, now);
  }

  /** The daemon stops: no peer is to count on it any more. */
  stop(now: Micros): void {
    for (const member of this.#clusters.keys())
      this.update(member, { fit: false, reasons: ["the daemon stops"] }, now);
  }

  /** What is known of the peers of an instance; undefined when it takes no part. */
  snapshot(member: Member): FitnessSnapshot | undefined {
    const cluster = this.#clusters.get(member);
    if (cluster === undefined) return undefined;
    const { own, keptSince, settledAt, table } = cluster;
    const peers = table
      .all()
      .flatMap(({ address, hello }) =>
        hello === undefined ? [] : [{ address, ...hello, trusted: this.#obeys(member, hello.trust) }],
      );
    const keptUntil = keptSince === undefined ? undefined : this.#keptUntil(member, keptSince);
    return { own, keptSince, keptUntil, settledAt, peers };
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline: Micros | undefined;
    for (const { helloAt, settledAt, askedUntil, askAt, confirmed, reviewAt } of this.#clusters.values()) {
      deadline = earlier(earlier(deadline, helloAt), earlier(settledAt, reviewAt));
      if (!confirmed) deadline = earlier(deadline, earlier(askedUntil, askAt));
    }
    return deadline;
  }

  /** Sends hellos; true when instances are to be judged anew. */
  handleTimeout(now: Micros): boolean {
    let news = false;
    for (const [member, cluster] of this.#clusters) {
      if (isDue(cluster.askedUntil, now) && !cluster.confirmed) {
        // Who did not answer has died: it is not fit until it says so again.
        for (const { address } of this.#trusted(member, cluster, now)) cluster.table.notFit(address);
        askNoMore(cluster);
        news = true;
      }
      if (isDue(cluster.askAt, now) && !cluster.confirmed) this.#ask(member, cluster, now);
      if (isDue(cluster.settledAt, now)) {
        cluster.settledAt = undefined;
        news = true;
      }
      if (isDue(cluster.reviewAt, now)) {
        cluster.reviewAt = undefined;
        news = true;
      }
      if (now >= cluster.helloAt) this.#hello(member, cluster, now);
    }
    return news;
  }

  #hello(member: Member, cluster: Cluster, now: Micros, asks = false): void {
    cluster.helloSentAt = now;
    cluster.helloAt = after(now, HELLO_INTERVAL);
    const hello = ownHello(member, cluster.own, asks, now);
    if (hello === undefined || member.source === undefined) return;
    this.#platform.sendHello(member.instance.name, member.source, hello);
  }
}

interface TrustedPeer {
  readonly address: IpAddress;
  readonly hello: HelloFact;
}

function newCluster(now: Micros): Cluster {
  return {
    table: new PeerTable(),
    own: { fit: false, reasons: ["starting"] },
    helloSentAt: undefined,
    helloAt: now,
    settledAt: undefined,
    askedUntil: undefined,
    askAt: undefined,
    confirmed: false,
    keptSince: undefined,
    keptOut: false,
    reviewAt: undefined,
  };
}

function answerSoon(cluster: Cluster, now: Micros): void {
  const soonest = cluster.helloSentAt === undefined ? now : after(cluster.helloSentAt, ANSWER_GAP);
  cluster.helloAt = micros(Math.min(cluster.helloAt, Math.max(now, soonest)));
}

function isDue(at: Micros | undefined, now: Micros): boolean {
  return at !== undefined && now >= at;
}

function askNoMore(cluster: Cluster): void {
  cluster.askedUntil = undefined;
  cluster.askAt = undefined;
  cluster.confirmed = false;
}
