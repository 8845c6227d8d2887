/** The engine's one timer. How late it comes is the machine's affair; that it never comes early or twice is ours. */

import { afterEach, describe, expect, it } from "vitest";
import { type Micros, micros } from "../../src/base/time.js";
import { now } from "../../src/linux/both/clock.js";
import { DeadlineTimer } from "../../src/linux/engine-thread/deadline-timer.js";

interface Served {
  readonly at: Micros;
  readonly lateness: Micros;
}

const timers: DeadlineTimer[] = [];

afterEach(() => {
  for (const timer of timers.splice(0)) timer.close();
});

/** A timer, what it served, and a promise of the next. */
function aTimer(): { timer: DeadlineTimer; served: Served[]; next: () => Promise<Served> } {
  const served: Served[] = [];
  let resolve: ((value: Served) => void) | undefined;
  const timer = new DeadlineTimer((lateness) => {
    const entry = { at: now(), lateness };
    served.push(entry);
    resolve?.(entry);
  });
  timers.push(timer);
  const next = () =>
    new Promise<Served>((done) => {
      resolve = done;
    });
  return { timer, served, next };
}

describe("the clock", () => {
  it("counts whole microseconds of the clock that process.hrtime has", () => {
    const before = process.hrtime.bigint() / 1000n;
    const instant = now();
    const afterwards = process.hrtime.bigint() / 1000n;
    expect(Number.isInteger(instant)).toBe(true);
    expect(BigInt(instant)).toBeGreaterThanOrEqual(before);
    expect(BigInt(instant)).toBeLessThanOrEqual(afterwards);
  });
});

describe("the deadline timer", () => {
  it("serves a deadline once, not before it, and says how late", async () => {
    const { timer, served, next } = aTimer();
    const deadline = micros(now() + 3_000);
    timer.arm(deadline);
    expect(timer.deadline).toBe(deadline);
    const { at, lateness } = await next();
    expect(lateness).toBeGreaterThanOrEqual(0);
    expect(at - deadline).toBeGreaterThanOrEqual(lateness);
    expect(timer.deadline).toBeUndefined();
    timer.arm(micros(now() + 20_000));
    await next();
    expect(served).toHaveLength(2);
  });

  it("serves a past deadline from the event loop, with the lateness", async () => {
    const { timer, served, next } = aTimer();
    timer.arm(micros(now() - 5_000_000));
    expect(served).toEqual([]);
    expect((await next()).lateness).toBeGreaterThanOrEqual(5_000_000);
  });

  it("serves even the instant 0", async () => {
    const { timer, next } = aTimer();
    timer.arm(micros(0));
    expect((await next()).lateness).toBeGreaterThan(0);
  });

  it("waits for the last deadline armed, earlier or later", async () => {
    const { timer, served, next } = aTimer();
    const start = now();
    timer.arm(micros(start + 60_000_000));
    timer.arm(micros(start + 5000));
    await next();
    timer.arm(micros(start + 10_000));
    timer.arm(micros(start + 30_000));
    expect((await next()).at).toBeGreaterThanOrEqual(start + 30_000);
    expect(served).toHaveLength(2);
  });

  it("forgets a deadline, even one that has come", async () => {
    const forgotten = aTimer();
    const witness = aTimer();
    const deadline = micros(now() + 2_000);
    forgotten.timer.arm(deadline);
    while (now() < deadline + 1000) {
      // Passes the deadline within this turn of the event loop.
    }
    forgotten.timer.arm(undefined);
    witness.timer.arm(micros(now() + 10_000));
    await witness.next();
    expect(forgotten.served).toEqual([]);
  });

  it("does not serve a deadline early that was put off while it waited to be served", async () => {
    const served: Micros[] = [];
    const pair: DeadlineTimer[] = [0, 1].map(
      (own) =>
        new DeadlineTimer(() => {
          served.push(now());
          // Both have come by now; the other one is put off.
          if (served.length === 1) pair[1 - own]?.arm(putOff);
        }),
    );
    timers.push(...pair);
    const putOff = micros(now() + 30_000);
    for (const timer of pair) timer.arm(micros(now() - 1000));
    const witness = aTimer();
    while (served.length < 2) {
      witness.timer.arm(micros(now() + 1000));
      await witness.next();
    }
    expect(served[1]).toBeGreaterThanOrEqual(putOff);
  });

  it("serves a deadline that its own callback arms", async () => {
    let count = 0;
    const timer: DeadlineTimer = new DeadlineTimer(() => {
      count += 1;
      if (count < 50) timer.arm(micros(now() + 100));
    });
    timers.push(timer);
    timer.arm(now());
    const witness = aTimer();
    while (count < 50) {
      witness.timer.arm(micros(now() + 1_000));
      await witness.next();
    }
    expect(count).toBe(50);
  });

  it("is silent once closed, and may be closed twice and by its own callback", async () => {
    let count = 0;
    const timer: DeadlineTimer = new DeadlineTimer(() => {
      count += 1;
      timer.close();
    });
    timer.arm(now());
    const closed = aTimer();
    closed.timer.arm(now());
    closed.timer.close();
    closed.timer.close();
    const witness = aTimer();
    witness.timer.arm(micros(now() + 10_000));
    await witness.next();
    timer.arm(now());
    expect(count).toBe(1);
    expect(closed.served).toEqual([]);
  });
});
