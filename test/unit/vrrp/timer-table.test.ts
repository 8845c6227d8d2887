/** Timers are derived from facts and settings: a reload acts on those that run, in both directions, and none stands still. */

import { describe, expect, it } from "vitest";
import { micros, milliseconds, seconds } from "../../../src/base/time.js";
import type { GarpSettings, VirtualRouterConfig } from "../../../src/vrrp/config.js";
import { LOWER_PEER, RouterUnderTest } from "../../support/router.js";

const QUIET: GarpSettings = {
  masterDelay: micros(0),
  masterRepeat: 5,
  masterRefresh: micros(0),
  masterRefreshRepeat: 1,
  lowerPrioDelay: micros(0),
  lowerPrioRepeat: 0,
};

function master(overrides: Partial<VirtualRouterConfig>): RouterUnderTest {
  const one = new RouterUnderTest({ garp: QUIET, ...overrides });
  one.becomeMaster();
  return one;
}

function reload(one: RouterUnderTest, overrides: Partial<VirtualRouterConfig>): readonly string[] {
  const { config } = one.router.snapshot();
  const actions = one.input({ kind: "Reconfigured", config: { ...config, ...overrides }, inGroup: false });
  const due = one.router.nextDeadline();
  if (due !== undefined && due <= one.now) one.router.handleTimeout(one.now);
  const next = one.router.nextDeadline();
  expect(next === undefined || next > one.now, "time moves").toBe(true);
  return actions;
}

const garp = (overrides: Partial<GarpSettings>) => ({ garp: { ...QUIET, ...overrides } });
const announcements = (seen: readonly string[]) => seen.filter((word) => word.startsWith("announce")).length;
const adverts = (seen: readonly string[]) => seen.filter((word) => word.startsWith("send")).length;
const timers = (one: RouterUnderTest) => one.router.snapshot().timers.map(({ name }) => name);

describe("a reload of a MASTER", () => {
  it("that removes garp_master_refresh ends the refresh", () => {
    const one = master(garp({ masterRefresh: seconds(3) }));
    expect(timers(one)).toContain("refresh");
    reload(one, garp({}));
    expect(announcements(one.wait(20_000_000))).toBe(0);
    expect(timers(one)).not.toContain("refresh");
  });

  it("that adds garp_master_refresh begins the refresh", () => {
    const one = master({});
    reload(one, garp({ masterRefresh: seconds(3) }));
    expect(announcements(one.wait(30_000_000))).toBeGreaterThanOrEqual(9);
  });

  it("that changes garp_master_refresh changes the beat of the refresh", () => {
    const one = master(garp({ masterRefresh: seconds(3600) }));
    reload(one, garp({ masterRefresh: seconds(2) }));
    expect(announcements(one.wait(20_000_000))).toBeGreaterThanOrEqual(9);
    reload(one, garp({ masterRefresh: seconds(3600) }));
    expect(announcements(one.wait(20_000_000))).toBe(0);
  });

  it("that shortens or removes garp_master_delay moves or cancels the second burst, which is sent once", () => {
    const delayed = garp({ masterDelay: seconds(60) });
    const sooner = master(delayed);
    reload(sooner, garp({ masterDelay: seconds(20) }));
    expect(announcements(sooner.wait(60_000_000))).toBe(1);
    reload(sooner, garp({ masterDelay: seconds(90) }));
    expect(announcements(sooner.wait(120_000_000))).toBe(0);
    const never = master(delayed);
    reload(never, garp({}));
    expect(announcements(never.wait(120_000_000))).toBe(0);
  });

  it("moves and cancels the bursts after a lower priority", () => {
    const rival = garp({ lowerPrioRepeat: 5, lowerPrioDelay: seconds(60) });
    const moved = master(rival);
    moved.hear({ priority: 50, source: LOWER_PEER });
    expect(announcements(moved.wait(1_000_000)), "when the rival is gone").toBe(1);
    reload(moved, garp({ lowerPrioRepeat: 5, lowerPrioDelay: seconds(5) }));
    expect(announcements(moved.wait(10_000_000))).toBe(1);
    const cancelled = master(rival);
    cancelled.hear({ priority: 50, source: LOWER_PEER });
    reload(cancelled, garp({ lowerPrioRepeat: 0, lowerPrioDelay: seconds(60) }));
    expect(announcements(cancelled.wait(100_000_000))).toBe(0);
  });

  it("with a shorter advert_int sends at the new beat at once", () => {
    const one = master({ version: 3, advertInterval: seconds(2) });
    one.wait(30_000_000);
    reload(one, { advertInterval: milliseconds(100) });
    expect(adverts(one.wait(1_000_000))).toBeGreaterThanOrEqual(9);
  });

  it("with a longer advert_int tells the peers before their patience ends", () => {
    const one = master({ version: 3, advertInterval: milliseconds(100) });
    reload(one, { advertInterval: seconds(10) });
    expect(adverts(one.wait(150_000)), "one more at the old beat, which carries the new interval").toBe(1);
    expect(adverts(one.wait(9_000_000))).toBe(0);
    expect(adverts(one.wait(2_000_000))).toBe(1);
  });

  it("renews lifetimes between adverts when they have become rare, and no more when they are off", () => {
    const one = master({ version: 3, advertInterval: milliseconds(100), addressLifetimes: true });
    expect(timers(one)).not.toContain("renewal");
    reload(one, { advertInterval: milliseconds(700) });
    expect(timers(one)).toContain("renewal");
    reload(one, { addressLifetimes: false });
    expect(timers(one)).not.toContain("renewal");
  });
});

describe("a reload of a BACKUP", () => {
  it("with another advert_int moves the take-over in v2, and in v3 only while no MASTER was heard", () => {
    const two = new RouterUnderTest({ priority: 100 });
    two.start();
    two.hear({ priority: 200, source: LOWER_PEER });
    const before = two.router.nextDeadline() ?? 0;
    reload(two, { advertInterval: seconds(5) });
    expect(two.router.nextDeadline()).toBe(before + 12_000_000);
    const three = new RouterUnderTest({ version: 3 });
    three.start();
    const unheard = three.router.nextDeadline() ?? 0;
    reload(three, { advertInterval: seconds(5) });
    expect(three.router.nextDeadline()).toBeGreaterThan(unheard + 12_000_000);
    three.hear({ version: 3, priority: 200, source: LOWER_PEER, advertInterval: seconds(1) });
    const heard = three.router.nextDeadline();
    reload(three, { advertInterval: seconds(2) });
    expect(three.router.nextDeadline()).toBe(heard);
  });

  it("with other down_timer_adverts moves the take-over, into the past too", () => {
    const one = new RouterUnderTest({ downTimerAdverts: 10 });
    one.start();
    one.hear({ priority: 200, source: LOWER_PEER });
    one.wait(5_000_000);
    expect(one.state).toBe("BACKUP");
    reload(one, { downTimerAdverts: 3 });
    expect(one.state).toBe("MASTER");
  });

  it("with another preempt_delay moves the end of the one that runs", () => {
    const one = new RouterUnderTest({ preemptDelay: seconds(100) });
    one.start();
    const lower = () => one.hear({ priority: 50, source: LOWER_PEER });
    for (let i = 0; i < 10; i++) {
      lower();
      one.wait(1_000_000);
    }
    reload(one, { preemptDelay: seconds(5) });
    for (let i = 0; i < 5; i++) {
      lower();
      one.wait(1_000_000);
    }
    expect(one.state, "the delay counts from when it began").toBe("MASTER");
  });

  it("the skew after an advert of priority 0 stays a skew when the priority changes", () => {
    const one = new RouterUnderTest({ priority: 100 });
    one.start();
    one.hear({ priority: 200, source: LOWER_PEER });
    one.hear({ priority: 0, source: LOWER_PEER });
    one.input({ kind: "PriorityChanged", priority: 150 });
    one.wait(500_000);
    expect(one.state).toBe("MASTER");
  });
});

it("every running timer has a name and a meaning, and the first one is the deadline", () => {
  const one = master({
    garp: { ...QUIET, masterDelay: seconds(60), masterRefresh: seconds(30), lowerPrioRepeat: 1 },
  });
  one.hear({ priority: 50, source: LOWER_PEER });
  const { timers: running } = one.router.snapshot();
  expect(running.map(({ name }) => name)).toEqual(["advert", "secondBurst", "rivalBurst", "refresh"]);
  expect(running.every(({ meaning }) => meaning.length > 10)).toBe(true);
  expect(Math.min(...running.map(({ dueAt }) => dueAt))).toBe(one.router.nextDeadline());
});
