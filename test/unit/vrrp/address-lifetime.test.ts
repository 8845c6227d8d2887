import { describe, expect, it } from "vitest";
import { type Micros, micros, milliseconds, seconds } from "../../../src/base/time.js";
import { addressLifetime } from "../../../src/vrrp/address-lifetime.js";
import { aConfig } from "../../support/router.js";

/** Expected values are worked out by hand from what kernels and peers do, see the table in each name. */
describe("how long the kernel keeps addresses that nobody renews", () => {
  it.each([
    // Gone after 2 s, at the kernel's latest 3 s; the quickest peer comes after 3 s.
    [seconds(1), 3, undefined, 2, seconds(1)],
    [seconds(2), 3, undefined, 5, seconds(2)],
    [seconds(10), 3, undefined, 29, seconds(10)],
    [seconds(255), 3, undefined, 764, seconds(255)],
    [milliseconds(1_330), 3, undefined, 2, milliseconds(1_330)],
    // More adverts must be missed, or it is known that all peers wait for a skew of (256 - 1) / 256 s.
    [seconds(1), 4, undefined, 3, seconds(1)],
    [seconds(2), 3, 1, 5, seconds(2)],
    [milliseconds(1_100), 3, 1, 3, milliseconds(1_100)],
    // Nothing shorter than 1 s exists: as many renewals as that needs.
    [milliseconds(990), 3, undefined, 1, milliseconds(495)],
    [milliseconds(600), 3, undefined, 1, milliseconds(300)],
    [milliseconds(500), 3, undefined, 1, milliseconds(500)],
    [milliseconds(100), 3, undefined, 1, milliseconds(500)],
    [milliseconds(10), 3, undefined, 1, milliseconds(500)],
  ] as const)("advert_int %i µs, %i adverts, peers up to %s: %i s, renewed every %i µs", (...row) => {
    const [advertInterval, downTimerAdverts, timerExpiredBackup, wanted, renewal] = row;
    const config = aConfig({ version: 2, advertInterval, downTimerAdverts, timerExpiredBackup });
    expect(addressLifetime(config)).toEqual({ seconds: wanted, renewal });
  });

  it("vrrp_address_lifetimes off: for ever", () => {
    expect(addressLifetime(aConfig({ addressLifetimes: false }))).toBeUndefined();
  });

  it("for every interval: no later than the kernel's second after the peers, and half a second of tolerance", () => {
    for (let interval = 10_000; interval <= 40_000_000; interval += 10_000) {
      const advertInterval: Micros = micros(interval);
      const lifetime = addressLifetime(aConfig({ version: 3, advertInterval }));
      if (lifetime === undefined) throw new Error("no lifetime");
      const { seconds: whole, renewal } = lifetime;
      expect(Number.isInteger(whole) && whole >= 1).toBe(true);
      expect(whole * 1_000_000 - renewal).toBeGreaterThanOrEqual(500_000);
      if (interval >= 1_000_000) expect((whole + 1) * 1_000_000).toBeLessThanOrEqual(3 * interval);
      else expect(whole).toBe(1);
    }
  });
});
