import { describe, expect, it } from "vitest";
import { micros, milliseconds, seconds } from "../../../src/base/time.js";
import { leaseTimes } from "../../../src/vrrp/address-lease.js";
import { aConfig } from "../../support/router.js";

/** Expected values are worked out by hand from RFC 9568 §6.1. */
describe("how long an advert counts", () => {
  it.each([
    [seconds(1), 3, undefined, 3_000, 100],
    [milliseconds(100), 3, undefined, 300, 100],
    // 30 ms and a skew of 100 / 256 of 10 ms: a MASTER of priority 156 gives its addresses back then.
    [milliseconds(10), 3, undefined, 30, 33],
    [seconds(40), 3, undefined, 120_000, 100],
    // All peers wait for a skew of 255 / 256 s at least.
    [seconds(1), 3, 1, 3_996, 100],
    // Quicker than the next advert can be.
    [seconds(1), 1, undefined, 1_500, 100],
    [seconds(1), 2, undefined, 2_000, 100],
  ] as const)("advert_int %i µs, %i adverts, peers up to %s: %i ms; farewell %i ms", (...row) => {
    const [advertInterval, downTimerAdverts, timerExpiredBackup, length, farewell] = row;
    const config = aConfig({
      version: 3,
      priority: 156,
      advertInterval,
      downTimerAdverts,
      timerExpiredBackup,
    });
    expect(leaseTimes(config)).toEqual({ length, farewell });
  });

  it("never ends after the quickest peer's time, and leaves room for a late advert", () => {
    for (let interval = 10_000; interval <= 40_000_000; interval += 10_000) {
      const { length } = leaseTimes(aConfig({ version: 3, advertInterval: micros(interval) }));
      expect(length * 1_000).toBeLessThanOrEqual(3 * interval);
      expect(length * 1_000).toBeGreaterThanOrEqual(2.9 * interval);
    }
  });
});
