/** The heap of deadlines, against a plain search through random changes. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Micros, micros } from "../../../src/base/time.js";
import { Deadlines } from "../../../src/engine/deadlines.js";
import type { Member } from "../../../src/engine/member.js";
import { Standstill } from "../../../src/engine/standstill.js";

/** A member of which only the deadline exists. */
function aMember(): Member & { at: Micros | undefined } {
  const member = { at: undefined as Micros | undefined, router: { nextDeadline: () => member.at } };
  return member as unknown as Member & { at: Micros | undefined };
}

describe("Deadlines", () => {
  it("always tells the earliest, and of equal ones the first of the configuration", () => {
    const change = fc.tuple(
      fc.nat(6),
      fc.option(
        fc.nat(9).map((n) => micros(n)),
        { nil: undefined },
      ),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const members = Array.from({ length: 7 }, aMember);
        const deadlines = new Deadlines();
        deadlines.configure(members);
        for (const [index, at] of changes) {
          const member = members[index];
          if (member === undefined) throw new RangeError(`no member ${index}`);
          member.at = at;
          deadlines.update(member);
          let earliest: (typeof members)[number] | undefined;
          for (const one of members) {
            if (one.at !== undefined && (earliest?.at === undefined || one.at < earliest.at)) earliest = one;
          }
          expect(deadlines.first()?.member).toBe(earliest);
          expect(deadlines.first()?.at).toBe(earliest?.at);
        }
      }),
    );
  });

  it("ignores a member that is not of the configuration", () => {
    const [known, stranger] = [aMember(), aMember()];
    known.at = micros(5);
    stranger.at = micros(1);
    const deadlines = new Deadlines();
    deadlines.configure([known]);
    deadlines.update(stranger);
    expect(deadlines.first()?.member).toBe(known);
  });
});

describe("Standstill", () => {
  it("reports the first deadline that does not move, and serves it ever more rarely until it does", () => {
    const reported: Micros[] = [];
    const standstill = new Standstill((at) => reported.push(at));
    const pauses: number[] = [];
    let now = micros(1_000_000);
    const stuck = micros(900_000);
    for (let turn = 0; turn < 12; turn++) {
      standstill.served(stuck, now);
      const next = standstill.held(stuck) ?? now;
      pauses.push(next - now);
      now = next;
    }
    expect(pauses.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(Math.max(...pauses)).toBe(100_000);
    expect(reported).toEqual([stuck]);
    expect(standstill.count).toBe(12);
    standstill.served(micros(now + 1), now);
    expect(standstill.held(micros(now + 1)), "it moves again").toBe(now + 1);
    standstill.served(now, now);
    expect(standstill.held(now), "from the shortest pause on").toBe(now + 1_000);
    expect(reported).toHaveLength(1);
  });
});
