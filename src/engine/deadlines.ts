/** The next deadline of each of many virtual routers, in a heap: finding the earliest does not cost a walk over all of them. */

import type { Micros } from "../base/time.js";
import type { Member } from "./member.js";

interface Entry {
  readonly member: Member;
  /** Order among equal deadlines: that of the configuration. */
  readonly order: number;
  at: Micros;
  /** Place in the heap, or −1 while the member has no deadline. */
  place: number;
}

/** A binary heap in which every member is found at once. */
export class Deadlines {
  #entries = new Map<Member, Entry>();
  #heap: Entry[] = [];

  /** Begins anew with these members and their deadlines. */
  configure(members: readonly Member[]): void {
    this.#heap = [];
    this.#entries = new Map(
      members.map((member, order) => [member, { member, order, at: 0 as Micros, place: -1 }]),
    );
    for (const member of members) this.update(member);
  }

  /** To be called whenever a router may have set its deadline anew. Members that are not of the configuration are ignored. */
  update(member: Member): void {
    const entry = this.#entries.get(member);
    if (entry === undefined) return;
    const at = member.router.nextDeadline();
    if (at === undefined) this.#remove(entry);
    else if (entry.place < 0) {
      entry.at = at;
      entry.place = this.#heap.push(entry) - 1;
      this.#rise(entry);
    } else if (entry.at !== at) {
      entry.at = at;
      this.#rise(entry);
      this.#sink(entry);
    }
  }

  /** The member with the earliest deadline. */
  first(): { readonly member: Member; readonly at: Micros } | undefined {
    return this.#heap[0];
  }

  /** Calls `serve` for every member whose deadline has come; one that sets a past one again waits for the next call. */
  serve(now: Micros, serve: (member: Member) => void): void {
    const served = new Set<Member>();
    for (;;) {
      const due = this.#heap[0];
      if (due === undefined || now < due.at || served.has(due.member)) return;
      served.add(due.member);
      serve(due.member);
    }
  }

  #remove(entry: Entry): void {
    if (entry.place < 0) return;
    const last = this.#heap.pop();
    if (last !== undefined && last !== entry) {
      this.#put(last, entry.place);
      this.#rise(last);
      this.#sink(last);
    }
    entry.place = -1;
  }

  #rise(entry: Entry): void {
    while (entry.place > 0) {
      const parent = this.#heap[(entry.place - 1) >> 1];
      if (parent === undefined || !isBefore(entry, parent)) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, entry)) return;
      this.#swap(entry, child);
    }
  }

  #swap(a: Entry, b: Entry): void {
    const { place } = a;
    this.#put(a, b.place);
    this.#put(b, place);
  }

  #put(entry: Entry, place: number): void {
    entry.place = place;
    this.#heap[place] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
