/** What a neighbour can write into our log. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { type Micros, seconds } from "../../../src/base/time.js";
import type { EngineEvent } from "../../../src/engine/events.js";
import { LogLimiter } from "../../../src/report/log-limiter.js";

const lower = (instance: string): EngineEvent => ({
  kind: "LowerPriorityReceived",
  instance,
  from: ipAddress("10.77.0.66"),
  theirs: 1,
  ours: 100,
  answered: true,
});

/** Lines in each minute of a flood of 1,000 events a second. */
function flood(minutes: number, subject: (n: number) => string): number[] {
  const limiter = new LogLimiter();
  const lines: number[] = [];
  const count = (at: Micros) => {
    const minute = Math.floor(at / 60_000_000);
    lines[minute] = (lines[minute] ?? 0) + 1;
  };
  for (let n = 0; n < minutes * 60_000; n++) {
    const at = seconds(n / 1_000);
    const { deadline } = limiter;
    if (deadline !== undefined && deadline <= at && limiter.summary(at) !== undefined) count(at);
    if (limiter.admits(lower(subject(n)), at)) count(at);
  }
  return lines;
}

describe("lines that a neighbour can provoke", () => {
  it("1,000 bad adverts a second cost at most 20 lines a minute", () => {
    for (const lines of [flood(5, () => "VI_1"), flood(5, (n) => `VI_${n % 255}`)]) {
      expect(lines).toHaveLength(5);
      expect(Math.max(...lines)).toBeLessThanOrEqual(20);
      expect(Math.min(...lines)).toBeGreaterThanOrEqual(1);
    }
  });

  it("what is held back is told when the minute has passed, and only then", () => {
    const limiter = new LogLimiter();
    for (let n = 0; n < 10; n++) expect(limiter.admits(lower("A"), seconds(1))).toBe(true);
    expect(limiter.deadline).toBeUndefined();
    for (let n = 0; n < 7; n++) expect(limiter.admits(lower("A"), seconds(2))).toBe(false);
    expect(limiter.deadline).toBe(seconds(61));
    expect(limiter.summary(seconds(60))).toBeUndefined();
    expect(limiter.summary(seconds(61))).toContain("7 more lines");
    expect(limiter.summary(seconds(61))).toBeUndefined();
    expect(limiter.admits(lower("A"), seconds(61))).toBe(true);
  });

  it("a flood about one instance does not hide the first lines about another", () => {
    const limiter = new LogLimiter();
    for (let n = 0; n < 100; n++) limiter.admits(lower("A"), seconds(1));
    expect(limiter.admits(lower("B"), seconds(1))).toBe(true);
  });

  it("the announcements that adverts cause, and changes of state, are limited too, each with its own line", () => {
    const limiter = new LogLimiter();
    const announced = (provoked: boolean): EngineEvent => ({
      kind: "Announced",
      instance: "A",
      interface: "eth0",
      address: ipAddress("10.77.0.100"),
      family: 4,
      copies: 5,
      ...(provoked ? { provoked } : {}),
    });
    const change: EngineEvent = {
      kind: "StateChanged",
      instance: "A",
      from: "BACKUP",
      to: "MASTER",
      cause: { kind: "startup" },
      priority: 100,
    };
    const written = (event: EngineEvent, count: number) =>
      Array.from({ length: count }, () => limiter.admits(event, seconds(1))).filter(Boolean).length;
    expect(written(announced(true), 28_000)).toBe(40);
    expect(written(change, 616)).toBe(60);
    // A takeover with a thousand addresses is told in full.
    expect(written(announced(false), 2_000)).toBe(2_000);
    expect(limiter.summary(seconds(61))).toBe(
      "27960 more lines about announcements that adverts caused and 556 more lines about changes of state in the last minute are left out",
    );
  });

  it("many instances that change at once are all told", () => {
    const limiter = new LogLimiter();
    for (let n = 0; n < 2_000; n++) {
      const change: EngineEvent = { kind: "PriorityZeroSent", instance: `VI_${n}` };
      expect(limiter.admits(change, seconds(1))).toBe(true);
    }
  });

  it("what no packet provokes is always told", () => {
    const limiter = new LogLimiter();
    const up: EngineEvent = { kind: "InterfaceAdded", interface: "eth0" };
    for (let n = 0; n < 1_000; n++) expect(limiter.admits(up, seconds(1))).toBe(true);
  });
});
