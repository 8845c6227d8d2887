/** One test a rule of RFC 9568 §6.4 (and RFC 3768 §6.4, which says the same of VRRPv2). */

import { describe, expect, it } from "vitest";
import { seconds } from "../../src/base/time.js";
import { HIGHER_PEER, LOWER_PEER, RouterUnderTest } from "../support/router.js";

describe("§6.4.1 INIT", () => {
  it("priority 255, state MASTER: advert, MASTER, addresses, announcement, in this order", () => {
    const r = new RouterUnderTest({ priority: 255, initialState: "MASTER" });
    expect(r.start()).toEqual(["send 255", "MASTER addressOwner", "add", "announce 5"]);
  });

  it("priority below 255: BACKUP, and Active_Down_Timer is set to the full interval", () => {
    const r = new RouterUnderTest();
    expect(r.start()).toEqual(["BACKUP startup"]);
    expect(r.router.nextDeadline()).toBe(3_609_375);
  });

  it("packets before the start are dropped and counted", () => {
    const r = new RouterUnderTest();
    r.hear({ priority: 200 });
    expect(r.router.snapshot().counters.dropped.notRunning).toBe(1);
  });
});

describe("§6.4.2 BACKUP", () => {
  it("Active_Down_Timer fires: advert, MASTER, addresses, announcement", () => {
    const r = new RouterUnderTest();
    r.start();
    expect(r.wait(3_609_374)).toEqual([]);
    expect(r.wait(1)).toEqual(["send 100", "MASTER masterDownExpired", "add", "announce 5"]);
  });

  it("advert of priority 0: Active_Down_Timer is set to Skew_Time", () => {
    const r = new RouterUnderTest();
    r.start();
    r.hear({ priority: 0 });
    expect(r.router.nextDeadline()).toBe(609_375);
    expect(r.wait(609_375)).toContain("MASTER priorityZeroReceived");
  });

  it("advert of equal or higher priority: Active_Down_Timer starts again", () => {
    const r = new RouterUnderTest();
    r.start();
    r.wait(3_000_000);
    r.hear({ priority: 100 });
    expect(r.router.nextDeadline()).toBe(3_000_000 + 3_609_375);
  });

  it("advert of lower priority, Preempt_Mode true: discarded, the timer runs on", () => {
    const r = new RouterUnderTest();
    r.start();
    r.wait(3_000_000);
    r.hear({ priority: 99 });
    expect(r.router.nextDeadline()).toBe(3_609_375);
  });

  it("advert of lower priority, Preempt_Mode false: Active_Down_Timer starts again", () => {
    const r = new RouterUnderTest({ preempt: false });
    r.start();
    r.wait(3_000_000);
    r.hear({ priority: 1 });
    expect(r.router.nextDeadline()).toBe(6_609_375);
  });

  it("v3: Active_Adver_Interval is taken from the advert", () => {
    const r = new RouterUnderTest({ version: 3, advertInterval: seconds(1) });
    r.start();
    r.hear({ version: 3, priority: 200, advertInterval: seconds(2) });
    expect(r.router.nextDeadline()).toBe(3 * 2_000_000 + 1_218_750);
  });

  it("v2: an advert with another interval is dropped", () => {
    const r = new RouterUnderTest();
    r.start();
    expect(r.hear({ priority: 200, advertInterval: seconds(2) })).toEqual(["dropped advertInterval"]);
    expect(r.router.nextDeadline()).toBe(3_609_375);
  });

  it("shutdown: no advert", () => {
    const r = new RouterUnderTest();
    r.start();
    expect(r.router.handle({ kind: "ShutdownRequested", cause: { kind: "shutdown" } }, r.now)).toHaveLength(
      1,
    );
    expect(r.state).toBe("INIT");
  });
});

describe("§6.4.3 MASTER", () => {
  it("Adver_Timer: an advert every interval, on the beat", () => {
    const r = new RouterUnderTest();
    r.start();
    r.wait(3_609_375);
    const sent = r.wait(3_000_000).filter((word) => word.startsWith("send"));
    expect(sent).toEqual(["send 100", "send 100", "send 100"]);
    expect(r.router.nextDeadline()).toBe(3_609_375 + 4_000_000);
  });

  it("advert of priority 0: sends an advert at once", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    expect(r.hear({ priority: 0 })).toEqual(["send 100"]);
    expect(r.state).toBe("MASTER");
  });

  it("higher priority: lets go, BACKUP, no advert of priority 0", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    expect(r.hear({ priority: 101 })).toEqual(["remove", "BACKUP higherPriority"]);
  });

  it("equal priority, higher address: lets go", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    expect(r.hear({ source: HIGHER_PEER })).toEqual(["remove", "BACKUP tieBreakLost"]);
  });

  it("equal priority, lower address: stays and answers", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    expect(r.hear({ source: LOWER_PEER })).toEqual(["send 100", "announce 5"]);
    expect(r.state).toBe("MASTER");
  });

  it("lower priority: answers with an advert, and announces the addresses again", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    expect(r.hear({ priority: 99, source: HIGHER_PEER })).toEqual(["send 100", "announce 5"]);
  });

  it("shutdown: advert of priority 0, then the addresses go", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    expect(r.input({ kind: "ShutdownRequested", cause: { kind: "shutdown" } })).toEqual(["send 0"]);
    expect(r.wait(100_000), "nobody took over").toEqual(["remove"]);
    expect(r.state).toBe("INIT");
  });
});

describe("§7.1 receiving", () => {
  const cases: [string, Parameters<RouterUnderTest["hear"]>[0], string][] = [
    ["TTL other than 255", { ttl: 254 }, "ttl"],
    ["another version", { version: 3 }, "version"],
    [
      "PASS where none is expected",
      { auth: { type: "PASS", password: new Uint8Array(8) } },
      "authTypeMismatch",
    ],
    [
      "AH where none is expected",
      { auth: { type: "AH", key: new Uint8Array(8), sequence: 1 } },
      "ahPresence",
    ],
  ];
  it.each(cases)("%s is dropped as %s", (_title, overrides, reason) => {
    const r = new RouterUnderTest();
    r.start();
    expect(r.hear({ priority: 200, ...overrides })).toEqual([`dropped ${reason}`]);
    expect(Object.values(r.router.snapshot().counters.dropped).reduce((a, b) => a + b)).toBe(1);
  });

  it("our own address as the sender is dropped", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    expect(r.hear({ source: "10.0.0.2" as typeof LOWER_PEER, priority: 200 })).toEqual(["dropped ownPacket"]);
    expect(r.state).toBe("MASTER");
  });

  it("one kind of bad packet is reported once, and counted always", () => {
    const r = new RouterUnderTest();
    r.start();
    expect(r.hear({ ttl: 1 })).toEqual(["dropped ttl"]);
    expect(r.hear({ ttl: 1 })).toEqual([]);
    expect(r.router.snapshot().counters.dropped.ttl).toBe(2);
  });
});
