/**
 * Whether a MASTER whose check fails should go: only to somebody better. VRRP's BACKUPs are silent, so Vigil nodes tell each other
 * whether they are fit. Who does not is taken for a keepalived, of which nothing is known: then the MASTER goes, as keepalived does.
 * docs/checks.md has the rule and its reasons.
 */

import type { IpAddress } from "../../base/ip-address.js";
import { after, earlier, type Micros, milliseconds, seconds } from "../../base/time.js";
import type { TransitionCause } from "../../vrrp/cause.js";
import { type IpPacket, isGoodbye } from "../../wire/packet.js";
import type { Member } from "../member.js";
import type { CandidateHello, Platform } from "../platform.js";

/** Between two hellos, µs. */
const HELLO_INTERVAL: Micros = seconds(1);

/** A candidate is believed to be fit for so long after its hello, µs. */
export const HELLO_FRESH: Micros = seconds(3);

/** A node that was Vigil and is silent is remembered for so long, µs; it is not fit, but it is no stranger either. */
const REMEMBERED: Micros = seconds(600);

/** One that took over from a MASTER that went does not go itself for so long, µs: the addresses must not chase a fault around. */
const SETTLING: Micros = seconds(10);

/**
 * How long an answer is waited for, µs. It takes a few ms; who looks for longer says hello meanwhile, and that counts too. So who
 * is silent for as long as this does not live, or does not hear us.
 */
const ANSWER_LIMIT: Micros = milliseconds(1_250);

/** The question may be lost: it is asked again after this time, µs. */
const ASK_AGAIN: Micros = milliseconds(100);

/** Most senders remembered: whoever invents more only makes us do as keepalived does. */
const MOST_SENDERS = 64;

/** Another node that runs Vigil. */
export interface Candidate {
  readonly fit: boolean;
  /** When it said so. */
  readonly at: Micros;
}

/** What an outsider may see of the candidates for one virtual router. */
export interface CandidacySnapshot {
  /** What this node tells the others of itself. */
  readonly fit: boolean;
  /** The addresses are kept although a check fails. */
  readonly kept: boolean;
  /** While a MASTER that took over from one that went does not go itself. */
  readonly settledAt: Micros | undefined;
  readonly candidates: readonly (Candidate & { readonly address: IpAddress })[];
}

/** What is known about the others of one virtual router. */
interface Rivals {
  readonly vigil: Map<IpAddress, Candidate>;
  /** Senders of adverts, with the time of the last one. */
  readonly heard: Map<IpAddress, Micros>;
  fit: boolean;
  settledAt: Micros | undefined;
  /** Until when a MASTER whose check fails waits for somebody to say that it is still fit. */
  askedUntil: Micros | undefined;
  /** When it asks again. */
  askAt: Micros | undefined;
  /** Somebody did. */
  confirmed: boolean;
  /** The addresses are kept although a check fails; told once. */
  kept: boolean;
}

const NOTHING = {
  fit: false,
  settledAt: undefined,
  askedUntil: undefined,
  askAt: undefined,
  confirmed: false,
  kept: false,
} as const;

/** Knows all candidates of all instances that track checks. */
export class Candidacy {
  readonly #platform: Pick<Platform, "sendHello" | "emit">;
  readonly #rivals = new Map<Member, Rivals>();
  /** Somebody waits for an answer about them. */
  #asked: Member[] = [];
  #nextHelloAt: Micros | undefined;

  constructor(platform: Pick<Platform, "sendHello" | "emit">) {
    this.#platform = platform;
  }

  /** Adopts those of the instances whose checks are under damping. */
  configure(all: readonly Member[], isDamped: (check: string) => boolean, now: Micros): void {
    const members = all.filter(({ instance, group }) =>
      [instance, ...(group === undefined ? [] : [group])].some(({ trackChecks, trackScripts }) =>
        [...trackChecks, ...trackScripts].some(({ name }) => isDamped(name)),
      ),
    );
    for (const member of this.#rivals.keys()) if (!members.includes(member)) this.#rivals.delete(member);
    for (const member of members) {
      if (!this.#rivals.has(member))
        this.#rivals.set(member, { vigil: new Map(), heard: new Map(), ...NOTHING });
    }
    this.#nextHelloAt = members.length === 0 ? undefined : (this.#nextHelloAt ?? now);
  }

  /** True for an instance that takes part. */
  has(member: Member): boolean {
    return this.#rivals.has(member);
  }

  /** Somebody's hello; true when instances are to be judged anew. */
  heard(hello: CandidateHello, from: IpAddress, now: Micros): boolean {
    let news = false;
    for (const [member, rivals] of this.#rivals) {
      if (!concerns(hello, member) || from === member.source) continue;
      const before = rivals.vigil.get(from);
      if (before === undefined && rivals.vigil.size >= MOST_SENDERS) continue;
      rivals.vigil.set(from, { fit: hello.fit, at: now });
      if (rivals.askedUntil !== undefined && hello.fit) rivals.confirmed = true;
      if (hello.asks && rivals.fit && !this.#asked.includes(member)) this.#asked.push(member);
      if (before?.fit !== hello.fit || rivals.confirmed) news = true;
    }
    return news;
  }

  /** Somebody's advert. One that says goodbye, by itself or by its guardian, is not fit until it says so again. */
  heardAdvert(member: Member, packet: IpPacket, now: Micros): void {
    const from = packet.source;
    const rivals = this.#rivals.get(member);
    if (rivals === undefined || from === member.source) return;
    const { heard, vigil } = rivals;
    if (heard.has(from) || heard.size < MOST_SENDERS) heard.set(from, now);
    const candidate = vigil.get(from);
    if (candidate !== undefined && isGoodbye(packet)) vigil.set(from, { ...candidate, fit: false });
  }

  /** An instance changed its state. */
  stateChanged(member: Member, cause: TransitionCause, now: Micros): void {
    const rivals = this.#rivals.get(member);
    if (rivals === undefined) return;
    const followed = member.router.stateName === "MASTER" && cause.kind === "priorityZeroReceived";
    askNoMore(rivals);
    rivals.settledAt = followed ? after(now, SETTLING) : undefined;
  }

  /** The instances that somebody asked whether they are still fit: their checks are to look now, then {@link answer}. */
  asked(): readonly Member[] {
    return this.#asked;
  }

  /** Tells who asked. */
  answer(member: Member): void {
    const rivals = this.#rivals.get(member);
    this.#asked = this.#asked.filter((other) => other !== member);
    if (rivals !== undefined) this.#hello(member, rivals);
  }

  /**
   * True when a MASTER is to keep the addresses although a check fails. Before it gives them up it asks: what fails here may have
   * failed everywhere, a moment ago.
   */
  keeps(member: Member, failing: boolean, now: Micros): boolean {
    const rivals = this.#rivals.get(member);
    if (rivals === undefined || member.router.stateName !== "MASTER") return false;
    if (!failing) {
      askNoMore(rivals);
      rivals.kept = false;
      return false;
    }
    const wasKept = rivals.kept;
    rivals.kept = this.#nobodyIsBetter(member, rivals, now);
    if (rivals.kept && !wasKept)
      this.#platform.emit({ kind: "AddressesKept", instance: member.instance.name });
    if (rivals.kept) return true;
    if (rivals.confirmed || hasStranger(member, rivals, now) || known(rivals, now).length === 0) return false;
    if (rivals.askedUntil === undefined) {
      rivals.askedUntil = after(now, ANSWER_LIMIT);
      this.#ask(member, rivals, now);
    }
    return now < rivals.askedUntil;
  }

  #ask(member: Member, rivals: Rivals, now: Micros): void {
    rivals.askAt = after(now, ASK_AGAIN);
    this.#hello(member, rivals, true);
  }

  #nobodyIsBetter(member: Member, rivals: Rivals, now: Micros): boolean {
    const others = known(rivals, now);
    if (others.length === 0 || hasStranger(member, rivals, now)) return false;
    if (rivals.settledAt !== undefined && now < rivals.settledAt) return true;
    return !others.some(({ fit, at }) => fit && now - at < HELLO_FRESH);
  }

  /** Tells the others at once when it changed. */
  update(member: Member, fit: boolean): void {
    const rivals = this.#rivals.get(member);
    if (rivals === undefined || rivals.fit === fit) return;
    rivals.fit = fit;
    this.#hello(member, rivals);
  }

  /** The daemon stops: nobody is to count on it any more. */
  stop(): void {
    for (const member of this.#rivals.keys()) this.update(member, false);
  }

  /** What is known of the candidates for an instance; undefined when it takes no part. */
  snapshot(member: Member): CandidacySnapshot | undefined {
    const rivals = this.#rivals.get(member);
    if (rivals === undefined) return undefined;
    const { fit, kept, settledAt, vigil } = rivals;
    const candidates = [...vigil].map(([address, candidate]) => ({ address, ...candidate }));
    return { fit, kept, settledAt, candidates };
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline = this.#nextHelloAt;
    for (const { settledAt, askedUntil, askAt, confirmed } of this.#rivals.values()) {
      deadline = earlier(deadline, settledAt);
      if (!confirmed) deadline = earlier(deadline, earlier(askedUntil, askAt));
    }
    return deadline;
  }

  /** Sends hellos; true when instances are to be judged anew. */
  handleTimeout(now: Micros): boolean {
    let news = false;
    for (const [member, rivals] of this.#rivals) {
      if (rivals.askedUntil !== undefined && now >= rivals.askedUntil && !rivals.confirmed) {
        for (const [address, { at }] of rivals.vigil) rivals.vigil.set(address, { fit: false, at });
        askNoMore(rivals);
        news = true;
      }
      if (rivals.askAt !== undefined && now >= rivals.askAt && !rivals.confirmed)
        this.#ask(member, rivals, now);
      if (rivals.settledAt === undefined || now < rivals.settledAt) continue;
      rivals.settledAt = undefined;
      news = true;
    }
    if (this.#nextHelloAt === undefined || now < this.#nextHelloAt) return news;
    this.#nextHelloAt = after(now, HELLO_INTERVAL);
    for (const [member, rivals] of this.#rivals) this.#hello(member, rivals);
    return news;
  }

  #hello({ instance, source }: Member, { fit }: Rivals, asks = false): void {
    const { family, vrid, virtualAddresses } = instance;
    const [first] = virtualAddresses;
    if (first === undefined || source === undefined) return;
    this.#platform.sendHello(instance.name, source, { family, vrid, address: first.address, fit, asks });
  }
}

/** All that run Vigil, as far as is remembered. */
function known(rivals: Rivals, now: Micros): Candidate[] {
  return [...rivals.vigil.values()].filter(({ at }) => now - at < REMEMBERED);
}

function askNoMore(rivals: Rivals): void {
  rivals.askedUntil = undefined;
  rivals.askAt = undefined;
  rivals.confirmed = false;
}

function concerns(hello: CandidateHello, { instance }: Member): boolean {
  const { family, vrid, virtualAddresses } = instance;
  return hello.family === family && hello.vrid === vrid && virtualAddresses[0]?.address === hello.address;
}

/** True when somebody may be there of whom nothing is known: a peer or a sender of adverts that never said hello. */
function hasStranger(member: Member, rivals: Rivals, now: Micros): boolean {
  const isKnown = (address: IpAddress) =>
    now - (rivals.vigil.get(address)?.at ?? Number.NEGATIVE_INFINITY) < REMEMBERED;
  const peers = member.instance.unicastPeers
    .map(({ address }) => address)
    .filter((address) => !member.localPeers.includes(address));
  const senders = [...rivals.heard].flatMap(([from, at]) => (now - at < REMEMBERED ? [from] : []));
  return [...peers, ...senders].some((address) => address !== member.source && !isKnown(address));
}
