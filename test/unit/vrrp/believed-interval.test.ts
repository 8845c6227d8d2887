/** A Max Advertise Interval far above the own one, RFC 9568 §5.2.7. */

import { expect, it } from "vitest";
import { milliseconds, seconds } from "../../../src/base/time.js";
import { HIGHER_PEER, LOWER_PEER, RouterUnderTest } from "../../support/router.js";

const SLOW = { version: 3, priority: 200, source: HIGHER_PEER, advertInterval: seconds(40.95) } as const;

function router(interval = milliseconds(100)): RouterUnderTest {
  const one = new RouterUnderTest({ version: 3, advertInterval: interval });
  one.start();
  return one;
}

const left = (one: RouterUnderTest) => ((one.router.nextDeadline() ?? one.now) - one.now) / 1e6;

it("one advert with 40.95 s keeps nobody from taking over for minutes, BACKUP or MASTER", () => {
  for (const master of [false, true]) {
    const one = router();
    if (master) one.wait(2_000_000);
    expect(one.state).toBe(master ? "MASTER" : "BACKUP");
    one.hear(SLOW);
    expect(one.state).toBe("BACKUP");
    expect(left(one)).toBeLessThan(4);
    one.hear(SLOW);
    expect(left(one), "repeated at once").toBeLessThan(4);
    one.wait(5_000_000);
    expect(one.state).toBe("MASTER");
  }
});

it("a slow MASTER that goes on is followed by its own interval", () => {
  const one = router(seconds(1));
  one.hear(SLOW);
  expect(left(one)).toBeLessThan(40);
  one.wait(1_000_000);
  one.hear(SLOW);
  expect(left(one)).toBeGreaterThan(3 * 40.95);
});

it("up to ten times the own interval, or a second, is believed at once", () => {
  const ten = router(seconds(1));
  ten.hear({ ...SLOW, advertInterval: seconds(10) });
  expect(left(ten)).toBeGreaterThan(30);
  const second = router(milliseconds(10));
  second.hear({ ...SLOW, source: LOWER_PEER, advertInterval: seconds(1) });
  expect(left(second)).toBeGreaterThan(3);
});
