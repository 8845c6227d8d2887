import { describe, expect, it } from "vitest";
import { micros, milliseconds, seconds } from "../../../src/base/time.js";
import { masterDownInterval, skewTime } from "../../../src/vrrp/timers.js";

/** Expected values are literals: measured on keepalived, or worked out by hand from the RFCs. */
describe("Skew_Time and Master_Down_Interval", () => {
  it.each([
    [2, 100, 1_000_000, 609_375],
    [2, 110, 1_000_000, 570_312],
    [2, 255, 1_000_000, 3_906],
    [2, 1, 2_000_000, 996_093],
    [3, 100, 1_000_000, 609_375],
    [3, 110, 500_000, 285_156],
    [3, 254, 10_000, 78],
    [3, 1, 40_950_000, 40_790_039],
  ] as const)("v%i priority %i interval %i µs: skew %i µs", (version, priority, interval, expected) => {
    expect(skewTime({ version, priority, masterAdvertInterval: micros(interval) })).toBe(expected);
  });

  it.each([
    [2, 100, seconds(1), 3, 3_609_375],
    [2, 110, seconds(1), 3, 3_570_312],
    [3, 110, milliseconds(500), 3, 1_785_156],
    [3, 255, milliseconds(10), 3, 30_039],
    [2, 100, seconds(2), 3, 6_609_375],
    [3, 100, seconds(1), 5, 5_609_375],
  ] as const)(
    "v%i priority %i interval %i µs, %i adverts: down after %i µs",
    (version, priority, interval, adverts, expected) => {
      const inputs = { version, priority, masterAdvertInterval: interval, downTimerAdverts: adverts };
      expect(masterDownInterval(inputs)).toBe(expected);
    },
  );
});
