/** Instants as dates, compared with the platform's own calendar. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "../../../src/base/time.js";
import { dumpTime, isoTime, lengthText, localTime } from "../../../src/report/wall-clock.js";

const clock = (wall: number, utcOffset = 0) => ({ at: micros(1_000), wall, utcOffset });

test("any instant, as Date has it", () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_000_000_000_000, max: 9_000_000_000_000 }), (millis) => {
      expect(isoTime(clock(millis * 1_000), micros(1_000))).toBe(new Date(millis).toISOString());
    }),
  );
});

test("an earlier instant, in keepalived's form and local time", () => {
  const wall = Date.UTC(2026, 10, 24, 13, 42, 34) * 1_000 + 723_194;
  const text = "1795527753.723194 (Tue Nov 24 14:42:33.723194 2026)";
  expect(dumpTime({ at: micros(5_000_000), wall, utcOffset: 3_600 }, micros(4_000_000))).toBe(text);
});

test("the date is said unless it is today", () => {
  const wall = Date.UTC(2026, 10, 24, 0, 0, 5) * 1_000;
  expect(localTime({ at: micros(10_000_000), wall, utcOffset: 0 }, micros(6_000_000))).toBe("00:00:01");
  expect(localTime({ at: micros(10_000_000), wall, utcOffset: 0 }, micros(4_000_000))).toBe(
    "2026-11-23 23:59:59",
  );
});

test.each([
  [350_000, "0.35 s"],
  [3_609_375, "3.6 s"],
  [12_000_000, "12 s"],
  [185_000_000, "3 min 5 s"],
  [7_800_000_000, "2 h 10 min"],
  [3_600_000_000, "1 h"],
  [442_800_000_000, "5 d 3 h"],
])("%d µs are %s", (length, text) => {
  expect(lengthText(micros(length))).toBe(text);
});
