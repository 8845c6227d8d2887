/** What a neighbour gets out of a MASTER by adverts that must be answered. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { micros, milliseconds, seconds } from "../../../src/base/time.js";
import { Announcements } from "../../../src/engine/announcing/announcement-queue.js";
import { LOWER_PEER, RouterUnderTest } from "../../support/router.js";

function aMaster(overrides = {}): RouterUnderTest {
  const t = new RouterUnderTest(overrides);
  t.becomeMaster();
  return t;
}

const count = (words: readonly string[], word: RegExp) => words.filter((one) => word.test(one)).length;

/** Adverts at a rate for a length, and everything that comes of them. */
function flood(t: RouterUnderTest, priority: number, perSecond: number, length: number): string[] {
  const seen: string[] = [];
  for (let n = 0; n < (perSecond * length) / 1_000_000; n++) {
    seen.push(...t.hear({ priority, source: LOWER_PEER }));
    seen.push(...t.wait(1_000_000 / perSecond));
  }
  return seen;
}

describe.each([0, 50])("adverts of priority %i", (priority) => {
  it("the first is answered at once, and so is one that comes when the last answer is old", () => {
    const t = aMaster();
    expect(count(t.hear({ priority }), /^send 100$/)).toBe(1);
    t.wait(milliseconds(250));
    expect(count(t.hear({ priority }), /^send 100$/)).toBe(1);
  });

  it("those that come meanwhile are answered too: once, and soon", () => {
    const t = aMaster();
    t.hear({ priority });
    t.wait(milliseconds(1));
    for (let i = 0; i < 5; i++) expect(count(t.hear({ priority }), /^send/)).toBe(0);
    expect(count(t.wait(milliseconds(250)), /^send 100$/)).toBe(1);
    expect(count(t.wait(milliseconds(700)), /^send 100$/)).toBe(0);
    expect(t.router.snapshot().counters.answersWithheld).toBe(5);
  });

  it.each([
    [1, 250],
    [0.1, 25],
    [0.01, 10],
    [2, 250],
  ])("a flood at advert_int %d gets one advert in %d ms", (interval, gap) => {
    const t = aMaster({ version: 3, advertInterval: micros(interval * 1_000_000) });
    const seen: string[] = [];
    const from = {
      priority,
      source: LOWER_PEER,
      version: 3,
      advertInterval: micros(interval * 1_000_000),
    } as const;
    for (let n = 0; n < 5_000; n++) {
      seen.push(...t.hear(from));
      seen.push(...t.wait(milliseconds(1)));
    }
    const sent = count(seen, /^send 100$/);
    // Each answer begins the interval of the regular adverts anew.
    expect(sent).toBeLessThanOrEqual(5_000 / gap + 1 + (interval < 0.04 ? 5_000 / (interval * 1_000) : 0));
    expect(sent).toBeGreaterThanOrEqual(5_000 / gap - 2);
    expect(t.state).toBe("MASTER");
  });
});

it("a flood of lower priority causes one burst of announcements a second, and one when it has ended", () => {
  const t = aMaster();
  t.wait(seconds(20));
  expect(count(flood(t, 50, 1_000, seconds(10)), /^announce/)).toBeLessThanOrEqual(11);
  expect(count(t.wait(milliseconds(300)), /^announce/)).toBe(1);
});

describe("the queue of announcements", () => {
  const gaps = { scope: "eth0", 4: milliseconds(100), 6: micros(0) };
  const frame = (address: number) => Uint8Array.of(2, 0, 0, 0, address >> 8, address & 255);
  const owner = {} as never;

  it("has one burst for each address, however often one is asked for; all addresses have their turn", () => {
    const sent: number[] = [];
    const queue = new Announcements((_name, frames) => {
      for (const one of frames) sent.push(((one[4] ?? 0) << 8) | (one[5] ?? 0));
    });
    const burst = Array.from({ length: 5 }, () => [1, 2, 3].map(frame)).flat();
    for (let i = 0; i < 20_000; i++) queue.add(owner, "eth0", 4, burst, gaps, micros(i));
    // One has left at once and was asked for again.
    let now = 0;
    for (let deadline = queue.nextDeadline(); deadline !== undefined; deadline = queue.nextDeadline()) {
      now = deadline;
      queue.handleTimeout(deadline);
    }
    expect(sent).toHaveLength(16);
    expect(new Set(sent.slice(0, 4))).toEqual(new Set([1, 2, 3]));
    expect(now).toBeLessThanOrEqual(seconds(2));
  });

  it("a longer burst makes the waiting one longer, another address stands behind", () => {
    let sent = 0;
    const queue = new Announcements((_name, frames) => {
      sent += frames.length;
    });
    queue.add(owner, "eth0", 4, [frame(9)], gaps, micros(0));
    queue.add(owner, "eth0", 4, [frame(1)], gaps, micros(0));
    queue.add(owner, "eth0", 4, [frame(1), frame(1), frame(1), frame(2)], gaps, micros(0));
    while (queue.nextDeadline() !== undefined) queue.handleTimeout(queue.nextDeadline() ?? micros(0));
    expect(sent).toBe(1 + 3 + 1);
  });
});

it("addresses of strangers do not matter: a flood from many is one flood", () => {
  const t = aMaster();
  const seen = Array.from({ length: 1_000 }, (_, i) =>
    t.hear({ priority: 1, source: ipAddress(`10.0.1.${i % 250}`) }),
  );
  expect(count(seen.flat(), /^send 100$/)).toBe(1);
});
