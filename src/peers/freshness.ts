/**
 * Whether a hello was made now, or is a recording. No clock is needed, and nothing is kept over a restart:
 * - every node has a challenge, a random number, in its hellos; its peers send it back. A hello with our challenge was made after
 *   we made the challenge;
 * - every node numbers its hellos. Of one boot of the sender only a higher number is new;
 * - a sender that starts anew has another boot id. We then make another challenge: what was recorded of its earlier boots sends
 *   back the old one.
 */

import type { IpAddress } from "../base/ip-address.js";
import { type Micros, seconds } from "../base/time.js";
import { type HelloStamp, MOST_ECHOES } from "../wire/peer-hello.js";

/** Challenges are sent back for so long after the hello that they came in, µs. */
const ECHOED: Micros = seconds(10);

/** A sender that was silent for so long makes room for another one, µs. */
const FORGOTTEN: Micros = seconds(60);

/** Makes an id that nobody can guess: 16 hexadecimal digits. */
export type RandomId = () => string;

/** What a stamp says. */
export interface Novelty {
  /** The hello was made now. */
  readonly fresh: boolean;
  /** A hello of ours at once makes the two know each other without waiting for the next regular one. */
  readonly wantsAnswer: boolean;
}

interface Sender {
  /** The last hello that was fresh; undefined before. */
  boot: string | undefined;
  counter: number;
  /** What it wants back. */
  challenge: string;
  heardAt: Micros;
}

/** The hellos of one instance, in both directions. */
export class Freshness {
  readonly #randomId: RandomId;
  readonly #boot: string;
  #challenge: string;
  #sent = 0;
  /** In the order in which they were last heard. */
  readonly #senders = new Map<IpAddress, Sender>();

  /** @param boot the id of this start of the daemon. */
  constructor(boot: string, randomId: RandomId) {
    this.#boot = boot;
    this.#randomId = randomId;
    this.#challenge = randomId();
  }

  /** The stamp of the next hello. */
  next(source: IpAddress, now: Micros): HelloStamp {
    this.#sent++;
    const echoes = [...this.#senders.values()]
      .filter(({ heardAt }) => now - heardAt < ECHOED)
      .map(({ challenge }) => challenge);
    return { source, boot: this.#boot, counter: this.#sent, challenge: this.#challenge, echoes };
  }

  /** True for a hello of our own that came back. */
  isOwn({ boot }: HelloStamp): boolean {
    return boot === this.#boot;
  }

  /** Cheap, for a look before the signature is verified: false for what {@link take} would refuse anyway, and would not answer. */
  mayBeNew(from: IpAddress, { boot, counter, source }: HelloStamp): boolean {
    const sender = this.#senders.get(from);
    return source === from && (sender?.boot !== boot || counter > sender.counter);
  }

  /** Takes an authentic stamp. Its challenge is sent back from now on. */
  take(from: IpAddress, stamp: HelloStamp, now: Micros): Novelty {
    const { boot, counter, challenge, echoes } = stamp;
    const sender = this.#place(from, challenge, now);
    sender.challenge = challenge;
    sender.heardAt = now;
    if (sender.boot === boot) {
      if (counter <= sender.counter) return { fresh: false, wantsAnswer: false };
      sender.counter = counter;
      return { fresh: true, wantsAnswer: false };
    }
    if (!echoes.includes(this.#challenge)) return { fresh: false, wantsAnswer: true };
    sender.boot = boot;
    sender.counter = counter;
    this.#challenge = this.#randomId();
    return { fresh: true, wantsAnswer: true };
  }

  #place(from: IpAddress, challenge: string, now: Micros): Sender {
    const known = this.#senders.get(from);
    this.#senders.delete(from);
    const sender = known ?? { boot: undefined, counter: 0, challenge, heardAt: now };
    this.#senders.set(from, sender);
    if (this.#senders.size > MOST_ECHOES) this.#forgetOne(now);
    return sender;
  }

  /** One that is silent for long goes first, then one that was never fresh, then the one heard least recently. */
  #forgetOne(now: Micros): void {
    const all = [...this.#senders];
    const [victim] =
      all.find(([, { heardAt }]) => now - heardAt > FORGOTTEN) ??
      all.find(([, { boot }]) => boot === undefined) ??
      all[0] ??
      [];
    if (victim === undefined) return;
    // What was recorded of a sender that is forgotten sends back the challenge of then.
    if (this.#senders.get(victim)?.boot !== undefined) this.#challenge = this.#randomId();
    this.#senders.delete(victim);
  }
}
