/**
 * Items of one kind (addresses, routes or rules): who wants each of them, what the kernel was asked for, and what it has shown
 * since. A shelf never speaks to the kernel; it says what is to be removed and added, and takes in what the kernel answers.
 */

import { after, earlier, type Micros, micros, milliseconds, seconds } from "../../base/time.js";
import type { Answer, Sharing } from "../platform.js";
import {
  contestOf,
  failedAgain,
  isRecent,
  type Losses,
  oneMoreLoss,
  type Trouble,
  type TroubleKind,
  waitsForInterface,
} from "./trouble.js";

/** Whoever wants an item: an instance, the static blocks, a VMAC. Compared by reference. */
export type Owner = object;

/** How an owner wants its items to be held. */
export interface Terms {
  readonly sharing: Sharing;
  /** Seconds that an address lives in the kernel without a renewal; undefined: for ever. */
  readonly lifetime: number | undefined;
}

/** One thing in the kernel. */
export interface Item<T> {
  readonly key: string;
  /** A line of this identity. */
  readonly thing: T;
  /** The oldest claim comes first; its line is what the kernel is asked for. */
  readonly claims: Map<Owner, Claim<T>>;
  /** What the kernel was asked for and has, as far as we know. */
  held: T | undefined;
  /**
   * What the kernel was last asked to add, until it is asked to remove it: even of what was refused or lost the parent knows,
   * and must hear that it is wanted no more.
   */
  asked: T | undefined;
  /** Under which terms. */
  sharing: Sharing | undefined;
  /** The kernel has shown it since it was added: from then on its absence is a loss. */
  shown: boolean;
  /** When the kernel was asked for it. */
  addedAt: Micros | undefined;
  /** When we removed it; undefined once the kernel has shown its absence. */
  removedAt: Micros | undefined;
  /** It was there before us and belongs to the host: it is neither added, nor changed, nor removed. */
  hosts: boolean;
  /** It is being added again after a loss or a refusal: others may have forgotten where it is. */
  again: boolean;
  trouble: Trouble | undefined;
  losses: Losses | undefined;
}

/** What an owner wants. */
export interface Claim<T> {
  readonly thing: T;
  readonly terms: Terms;
}

/** Things to be added under the same terms. */
export interface Addition<T> {
  readonly terms: Terms;
  readonly things: T[];
}

/** The difference between what is wanted and what is present. */
export interface Plan<T> {
  /** To be removed for good. */
  readonly removals: readonly T[];
  /** To be removed because they are added again in another shape at once. */
  readonly reshaped: readonly T[];
  readonly additions: readonly Addition<T>[];
  /** Held already, and from now on under these terms. */
  readonly handed: readonly Addition<T>[];
}

/** What a shelf must know about its kind. */
export interface Kind<T> {
  /** Name of the interface that shows it; empty where none does. */
  place(thing: T): string;
  /** Equal for what cannot be in the kernel twice. */
  identity(thing: T): string;
  /** Equal for what differs in nothing that the kernel keeps. */
  shape(thing: T): string;
  /** True when an attempt to add it can succeed. @param again it was refused or lost before. */
  isPossible(thing: T, again: boolean): boolean;
}

/** The items. */
export class Shelf<T extends object> {
  readonly #kind: Kind<T>;
  readonly #items = new Map<string, Item<T>>();
  readonly #byPlace = new Map<string, Set<Item<T>>>();
  readonly #byOwner = new Map<Owner, ReadonlySet<string>>();
  /** Items whose difference must be computed. */
  #dirty = new Set<Item<T>>();
  readonly #troubled = new Set<Item<T>>();
  #hostsVersion = 0;

  constructor(kind: Kind<T>) {
    this.#kind = kind;
  }

  /** All items, those that nobody wants any more and that are still leaving included. */
  all(): IterableIterator<Item<T>> {
    return this.#items.values();
  }

  /** The items of one interface. */
  on(place: string): ReadonlySet<Item<T>> {
    return this.#byPlace.get(place) ?? new Set();
  }

  /** The item that a thing is; undefined while nobody wants it and nothing is known about it. */
  get(thing: T): Item<T> | undefined {
    return this.#items.get(this.#kind.identity(thing));
  }

  /** Items that are not as they should be. */
  get troubled(): ReadonlySet<Item<T>> {
    return this.#troubled;
  }

  /** Makes `things` all that an owner wants; returns those that it did not want before, in their order. */
  want(owner: Owner, things: readonly T[], terms: Terms): T[] {
    const before = this.#byOwner.get(owner);
    const keys = new Set<string>();
    const added: T[] = [];
    for (const thing of things) {
      const item = this.#itemOf(thing);
      keys.add(item.key);
      if (before?.has(item.key) !== true) added.push(thing);
      item.claims.set(owner, { thing, terms });
      this.#dirty.add(item);
    }
    for (const key of before ?? []) if (!keys.has(key)) this.#giveUp(owner, key);
    if (keys.size > 0) this.#byOwner.set(owner, keys);
    else this.#byOwner.delete(owner);
    return added;
  }

  /** It was there before us: from now on it is the host's own. */
  leaveToHost(thing: T): void {
    const item = this.#itemOf(thing);
    item.hosts = true;
    item.held = undefined;
    item.removedAt = undefined;
    this.#hostsVersion++;
    this.#calm(item);
  }

  /** It is the host's own no more: what nobody wants of it is left over. */
  takeFromHost(item: Item<T>): void {
    item.hosts = false;
    this.#hostsVersion++;
    this.#dirty.add(item);
  }

  /** Changes whenever another set of items is the host's own. */
  get hostsVersion(): number {
    return this.#hostsVersion;
  }

  /** Things that an owner wants. */
  wantedBy(owner: Owner): T[] {
    const keys = this.#byOwner.get(owner) ?? [];
    return [...keys].flatMap((key) => this.#items.get(key)?.claims.get(owner)?.thing ?? []);
  }

  /** Computes the difference, and assumes that it will be carried out. */
  plan(now: Micros): Plan<T> {
    const removals: T[] = [];
    const reshaped: T[] = [];
    const additions = new Map<string, Addition<T>>();
    const handed = new Map<string, Addition<T>>();
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const item of dirty) {
      const first = firstClaim(item);
      if (item.hosts) this.#forgetIfIdle(item, now);
      else if (first === undefined) {
        const last = item.held ?? item.asked;
        const mayGo = item.trouble?.kind !== "stays" || isDue(item, now);
        if (last !== undefined && mayGo) removals.push(this.#takeDown(item, last, now));
        this.#forgetIfIdle(item, now);
      } else if (item.held === undefined) this.#plan(item, first, additions, now);
      else if (this.#kind.shape(item.held) !== this.#kind.shape(first.thing)) {
        reshaped.push(this.#takeDown(item, item.held, now));
        this.#plan(item, first, additions, now);
      } else if (item.sharing !== sharingOf(item)) group(handed, item, item.held);
      if (first !== undefined && item.trouble?.kind === "stays") this.#calm(item);
    }
    return { removals, reshaped, additions: [...additions.values()], handed: [...handed.values()] };
  }

  /** What the kernel said to additions. Returns the items whose trouble began or ended with it. */
  added(answers: readonly Answer<T>[], now: Micros): Turn<T>[] {
    return answers.flatMap(({ item: thing, result, error }) => {
      const item = this.get(thing);
      if (item === undefined) return [];
      if (result !== "refused") {
        // An earlier attempt may have been refused, and that answer taken for this one's.
        item.held ??= item.asked;
        return this.#calm(item);
      }
      item.held = undefined;
      item.shown = false;
      return item.claims.size === 0 ? this.#calm(item) : this.#complain(item, "refused", error ?? "", now);
    });
  }

  /** What the kernel said to removals. */
  removed(answers: readonly Answer<T>[], now: Micros): Turn<T>[] {
    return answers.flatMap(({ item: thing, result, error }) => {
      if (result !== "refused") return [];
      const item = this.#itemOf(thing);
      item.removedAt = undefined;
      if (item.held !== undefined) return [];
      item.held = thing;
      return this.#complain(item, "stays", error ?? "", now);
    });
  }

  /** The kernel shows an item, or does not. Returns true when one that was there is there no more. */
  show(item: Item<T>, present: boolean, now: Micros): boolean {
    if (present) {
      // What we have just removed may be shown a little longer.
      if (item.held !== undefined || isOlder(item.removedAt, now)) this.#isThere(item);
      return false;
    }
    const confirmed = item.shown || isOlder(item.addedAt ?? now, now);
    const lost = item.hosts || (item.held !== undefined && confirmed);
    if (lost) item.held = undefined;
    if (item.hosts) this.#hostsVersion++;
    item.again ||= lost;
    item.removedAt = undefined;
    item.shown = false;
    item.hosts = false;
    this.#dirty.add(item);
    return lost;
  }

  /** The kernel has listed everything, and an item that it was asked for before is not there. */
  isAbsent(item: Item<T>): void {
    item.held = undefined;
    item.removedAt = undefined;
    this.#dirty.add(item);
  }

  /** What an owner wants may have gone without notice: the kernel is asked for all of it again. */
  askAgain(owner: Owner): void {
    for (const key of this.#byOwner.get(owner) ?? []) {
      const item = this.#items.get(key);
      if (item !== undefined && !item.hosts) this.isAbsent(item);
    }
  }

  /** A thing that nobody wants is removed: what the kernel shows of it from now on is old. */
  sweep(thing: T, now: Micros): void {
    this.#itemOf(thing).removedAt = now;
  }

  /** Others removed an item that is wanted. Returns its trouble when they do so again and again. */
  takenAway(item: Item<T>, now: Micros): Turn<T>[] {
    item.losses = oneMoreLoss(item.losses, now);
    const contest = contestOf(item.losses, item.trouble, now);
    if (contest === undefined) return [];
    const began = item.trouble?.kind !== "takenAway";
    item.trouble = contest;
    this.#troubled.add(item);
    return began ? [{ item, ended: undefined }] : [];
  }

  /** An item went with its interface. */
  wentWithInterface(item: Item<T>, now: Micros): void {
    item.again = true;
    item.trouble = waitsForInterface(now);
    this.#troubled.add(item);
  }

  /** Items that may now be possible are tried again at the next plan, whatever they wait for, contests aside. */
  retry(concerns: (item: Item<T>) => boolean, now: Micros): void {
    for (const item of this.#troubled) {
      if (item.trouble === undefined || item.trouble.kind === "takenAway" || !concerns(item)) continue;
      const soonest = item.addedAt === undefined ? now : after(item.addedAt, LEAST_PAUSE);
      item.trouble = { ...item.trouble, retryAt: micros(Math.max(now, soonest)) };
      this.#dirty.add(item);
    }
  }

  /** The earliest instant at which {@link handleTimeout} has work. */
  nextDeadline(): Micros | undefined {
    let deadline: Micros | undefined;
    for (const item of this.#troubled) {
      if (waitsForTime(item)) deadline = earlier(deadline, item.trouble?.retryAt);
    }
    return deadline;
  }

  /** Marks what is due for the next plan. Returns true when a contest about something that nobody wants now is over. */
  handleTimeout(now: Micros): boolean {
    let over = false;
    for (const item of [...this.#troubled]) {
      if (!waitsForTime(item) || !isDue(item, now)) continue;
      if (item.claims.size === 0 && item.held === undefined) {
        this.#calm(item);
        over = true;
      } else this.#dirty.add(item);
    }
    return over;
  }

  #itemOf(thing: T): Item<T> {
    const key = this.#kind.identity(thing);
    let item = this.#items.get(key);
    if (item === undefined) {
      item = {
        key,
        thing,
        claims: new Map(),
        held: undefined,
        asked: undefined,
        sharing: undefined,
        shown: false,
        addedAt: undefined,
        removedAt: undefined,
        hosts: false,
        again: false,
        trouble: undefined,
        losses: undefined,
      };
      this.#items.set(key, item);
      const place = this.#kind.place(thing);
      const there = this.#byPlace.get(place);
      if (there === undefined) this.#byPlace.set(place, new Set([item]));
      else there.add(item);
    }
    return item;
  }

  #giveUp(owner: Owner, key: string): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    item.claims.delete(owner);
    this.#dirty.add(item);
  }

  #plan(item: Item<T>, { thing }: Claim<T>, additions: Map<string, Addition<T>>, now: Micros): void {
    if (!isDue(item, now)) return;
    if (!this.#kind.isPossible(thing, item.trouble !== undefined)) {
      this.wentWithInterface(item, now);
      return;
    }
    item.held = thing;
    item.asked = thing;
    item.addedAt = now;
    item.shown = false;
    if (item.trouble?.kind === "waits") this.#calm(item);
    group(additions, item, thing);
  }

  #takeDown(item: Item<T>, held: T, now: Micros): T {
    // What was lost is absent already.
    if (item.held !== undefined) item.removedAt = now;
    item.held = undefined;
    item.asked = undefined;
    item.shown = false;
    item.again = false;
    return held;
  }

  /** It may have been added by others while we waited for another attempt. */
  #isThere(item: Item<T>): void {
    const first = firstClaim(item);
    item.removedAt = undefined;
    if (item.hosts || first === undefined) return;
    if (item.held === undefined) item.sharing = sharingOf(item);
    item.held ??= first.thing;
    item.shown = true;
  }

  #complain(item: Item<T>, kind: TroubleKind, error: string, now: Micros): Turn<T>[] {
    const began = item.trouble?.kind !== kind;
    item.again = true;
    item.trouble = failedAgain(item.trouble, kind, error, now);
    this.#troubled.add(item);
    return began ? [{ item, ended: undefined }] : [];
  }

  #calm(item: Item<T>): Turn<T>[] {
    const ended = item.trouble;
    item.trouble = undefined;
    this.#troubled.delete(item);
    return ended === undefined ? [] : [{ item, ended }];
  }

  #forgetIfIdle(item: Item<T>, now: Micros): void {
    const contested = isRecent(item.losses, now);
    if (item.claims.size > 0 || item.held !== undefined || item.hosts) return;
    if (item.removedAt !== undefined || contested) return;
    this.#troubled.delete(item);
    this.#items.delete(item.key);
    this.#byPlace.get(this.#kind.place(item.thing))?.delete(item);
  }
}

/** The trouble of an item began, or `ended`. */
export interface Turn<T> {
  readonly item: Item<T>;
  readonly ended: Trouble | undefined;
}

/** The claim that decides what an item looks like. */
export function firstClaim<T>(item: Item<T>): Claim<T> | undefined {
  return item.claims.values().next().value;
}

/** What one owner wants as the host's own outlives us, whatever the others want. */
function sharingOf<T>(item: Item<T>): Sharing {
  for (const { terms } of item.claims.values()) if (terms.sharing === "shared") return "shared";
  return "exclusive";
}

/** The least time between two attempts, µs, however often an interface changes. */
const LEAST_PAUSE: Micros = milliseconds(250);

/** How long, µs, the kernel may take to show what was done: longer than it waits for duplicates of an IPv6 address. */
const SHOWING: Micros = seconds(10);

/** True when the kernel must have shown what was done at that instant. */
function isOlder(instant: Micros | undefined, now: Micros): boolean {
  return instant === undefined || now - instant > SHOWING;
}

/** True when an item is tried again at a certain instant, and nothing is under way. */
function waitsForTime<T>({ trouble, claims, held }: Item<T>): boolean {
  if (trouble === undefined || trouble.kind === "waits") return false;
  if (claims.size > 0) return held === undefined;
  return held !== undefined || trouble.kind === "takenAway";
}

function isDue<T>(item: Item<T>, now: Micros): boolean {
  return item.trouble === undefined || now >= item.trouble.retryAt;
}

/** Puts a thing among those of the same terms. */
function group<T>(groups: Map<string, Addition<T>>, item: Item<T>, thing: T): void {
  item.sharing = sharingOf(item);
  let lifetime: number | undefined;
  for (const { terms } of item.claims.values()) {
    if (terms.lifetime === undefined || item.sharing === "shared") {
      lifetime = undefined;
      break;
    }
    lifetime = Math.max(lifetime ?? 0, terms.lifetime);
  }
  const key = `${item.sharing} ${lifetime}`;
  const known = groups.get(key);
  if (known !== undefined) known.things.push(thing);
  else groups.set(key, { terms: { sharing: item.sharing, lifetime }, things: [thing] });
}
