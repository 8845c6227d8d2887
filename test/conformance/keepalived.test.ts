/** Where keepalived differs from the RFCs or goes beyond them: what was observed on its binaries. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { micros, seconds } from "../../src/base/time.js";
import { HIGHER_PEER, LOWER_PEER, RouterUnderTest, summary } from "../support/router.js";

const down = { kind: "interfaceDown", interface: "eth0" } as const;

describe("state MASTER", () => {
  it("below priority 255 does not skip the wait", () => {
    const r = new RouterUnderTest({ initialState: "MASTER", priority: 101 });
    expect(r.start()).toEqual(["BACKUP startup"]);
    expect(r.router.nextDeadline()).toBe(3_605_468);
  });

  it("priority 255 waits after a FAULT", () => {
    const r = new RouterUnderTest({ initialState: "MASTER", priority: 255 });
    r.start();
    r.router.handle({ kind: "FaultsChanged", faults: [down] }, r.now);
    expect(summary(r.router.handle({ kind: "FaultsChanged", faults: [] }, r.now))).toEqual([
      "BACKUP faultsCleared",
    ]);
    expect(r.router.nextDeadline()).toBe(3_003_906);
  });
});

describe("FAULT", () => {
  it("a MASTER says goodbye twice, and the statistics count one", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    const before = r.router.snapshot().counters.advertisementsSent;
    expect(summary(r.router.handle({ kind: "FaultsChanged", faults: [down] }, r.now))).toEqual([
      "send 0",
      "send 0",
      "remove",
      "FAULT fault",
    ]);
    expect(r.router.snapshot().counters.priorityZeroSent).toBe(1);
    expect(r.router.snapshot().counters.advertisementsSent).toBe(before + 1);
  });

  it("pulled down by its sync group it says goodbye once", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    const faults = [{ kind: "syncGroup", group: "G" }] as const;
    expect(summary(r.router.handle({ kind: "FaultsChanged", faults }, r.now))).toEqual([
      "send 0",
      "remove",
      "FAULT fault",
    ]);
  });

  it("adverts are ignored in FAULT", () => {
    const r = new RouterUnderTest();
    r.start();
    r.router.handle({ kind: "FaultsChanged", faults: [down] }, r.now);
    expect(r.hear({ priority: 200 })).toEqual([]);
    expect(r.state).toBe("FAULT");
  });

  it("a script without a result yet keeps the instance silent, not in FAULT", () => {
    const r = new RouterUnderTest();
    r.router.handle({ kind: "FaultsChanged", faults: [{ kind: "scriptPending", script: "chk" }] }, r.now);
    expect(r.start()).toEqual([]);
    expect(r.state).toBe("INIT");
    expect(summary(r.router.handle({ kind: "FaultsChanged", faults: [] }, r.now))).toEqual([
      "BACKUP faultsCleared",
    ]);
  });

  it("priority 255 that waited for a script only goes straight to MASTER", () => {
    const r = new RouterUnderTest({ initialState: "MASTER", priority: 255 });
    r.router.handle({ kind: "FaultsChanged", faults: [{ kind: "scriptPending", script: "chk" }] }, r.now);
    r.start();
    expect(summary(r.router.handle({ kind: "FaultsChanged", faults: [] }, r.now))).toContain(
      "MASTER addressOwner",
    );
  });
});

describe("preempt_delay", () => {
  it("3 s with adverts every second: take-over 6 s after the first advert, by the timer after the last accepted one", () => {
    const r = new RouterUnderTest({ priority: 200, preemptDelay: seconds(3) });
    r.start();
    const first = r.now;
    while (r.state !== "MASTER" && r.now < first + 10_000_000) {
      r.hear({ priority: 100 });
      r.wait(1_000_000);
    }
    expect(r.state).toBe("MASTER");
    // Accepted at 0, 1, 2 s; discarded from 3 s on; Master_Down at priority 200 is 3.21875 s.
    expect(r.router.snapshot().lastTransitionAt).toBe(first + 2_000_000 + 3_218_750);
  });

  it("an advert of our own priority or more ends the delay", () => {
    const r = new RouterUnderTest({ priority: 150, preemptDelay: seconds(3) });
    r.start();
    r.hear({ priority: 100 });
    r.hear({ priority: 150 });
    const { state } = r.router.snapshot();
    expect(state.name === "BACKUP" && state.preemptableSince).toBe(undefined);
  });
});

describe("priority", () => {
  it("in BACKUP a change moves the running timer by the difference of the skews", () => {
    const r = new RouterUnderTest();
    r.start();
    r.wait(1_000_000);
    r.router.handle({ kind: "PriorityChanged", priority: 110 }, r.now);
    expect(r.router.nextDeadline()).toBe(3_570_312);
  });

  it("in MASTER the new value goes into the next regular advert", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    expect(summary(r.router.handle({ kind: "PriorityChanged", priority: 98 }, r.now))).toEqual([]);
    expect(r.wait(1_000_000)).toContain("send 98");
  });
});

describe("options", () => {
  it("lower_prio_no_advert: no answer, but the announcement", () => {
    const r = new RouterUnderTest({ lowerPrioNoAdvert: true });
    r.becomeMaster();
    expect(r.hear({ priority: 1 })).toEqual(["announce 5"]);
  });

  it("higher_prio_send_advert: a last advert before yielding", () => {
    const r = new RouterUnderTest({ higherPrioSendAdvert: true });
    r.becomeMaster();
    expect(r.hear({ priority: 200 })).toEqual(["send 100", "remove", "BACKUP higherPriority"]);
  });

  it("garp_master_delay and refresh: bursts at 0, delay, refresh, 2 × refresh, and so on", () => {
    const garp = {
      masterDelay: seconds(5),
      masterRepeat: 5,
      masterRefresh: seconds(10),
      masterRefreshRepeat: 2,
    };
    const r = new RouterUnderTest({ garp: { ...garp, lowerPrioDelay: micros(0), lowerPrioRepeat: 0 } });
    r.start();
    r.wait(3_609_375);
    const announced = (length: number) => r.wait(length).filter((word) => word.startsWith("announce"));
    expect(announced(4_999_999)).toEqual([]);
    expect(announced(1)).toEqual(["announce 5"]);
    expect(announced(4_999_999)).toEqual([]);
    expect(announced(1)).toEqual(["announce 2"]);
    expect(announced(10_000_000)).toEqual(["announce 2"]);
  });

  it("a VIP deleted by somebody else: goodbye, BACKUP, back after the skew time", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    const lost = r.router.handle({ kind: "AddressLost", address: ipAddress("10.0.0.100") }, r.now);
    expect(summary(lost)).toEqual(["send 0", "remove", "BACKUP addressLost"]);
    expect(r.wait(609_374)).toEqual([]);
    expect(r.wait(1)).toContain("MASTER masterDownExpired");
  });

  it("an address list that differs is counted and reported, and is a sign of life all the same", () => {
    const r = new RouterUnderTest();
    r.start();
    r.wait(1_000_000);
    r.hear({ priority: 200, addresses: Uint8Array.of(10, 0, 0, 99) });
    expect(r.router.snapshot().counters.addressListDiffers).toBe(1);
    expect(r.router.nextDeadline()).toBe(1_000_000 + 3_609_375);
  });
});

describe("AH", () => {
  /** "m@st3rv1": the first 8 characters of auth_pass. */
  const key = Uint8Array.of(0x6d, 0x40, 0x73, 0x74, 0x33, 0x72, 0x76, 0x31);
  const ah = (sequence: number) => ({ auth: { type: "AH", key, sequence } as const, priority: 200 });

  it("accepts rising sequence numbers only, and goes on above all that a silent MASTER may have used when it takes over", () => {
    const r = new RouterUnderTest({ authentication: { type: "AH", password: "m@st3rv1p" } });
    r.start();
    expect(r.hear(ah(7))).toEqual([]);
    expect(r.hear(ah(7))).toEqual(["dropped ahReplay"]);
    expect(r.hear(ah(6))).toEqual([]);
    expect(r.router.snapshot().counters.dropped.ahReplay).toBe(2);
    const sent = [] as number[];
    r.wait(3_000_000);
    const end = r.router.nextDeadline() ?? micros(0);
    for (const action of r.router.handleTimeout(end)) {
      if (action.kind === "SendPacket") sent.push(action.packet[20 + 11] ?? -1);
    }
    // Three intervals and a half of silence are at most four adverts, and two of priority 0.
    expect(sent).toEqual([7 + 6 + 1]);
  });

  it("drops another key", () => {
    const r = new RouterUnderTest({ authentication: { type: "AH", password: "other" } });
    r.start();
    expect(r.hear(ah(1))).toEqual(["dropped ahIcv"]);
  });
});

describe("a daemon that did not run in time", () => {
  it("BACKUP listens for one more interval before it seizes the addresses, once", () => {
    const r = new RouterUnderTest();
    r.start();
    r.now = micros(8_000_000);
    r.router.handle({ kind: "WokeLate", by: micros(4_390_625) }, r.now);
    expect(summary(r.router.handleTimeout(r.now))).toEqual([]);
    expect(r.router.nextDeadline()).toBe(8_000_000 + 1_609_375);
    r.now = micros(20_000_000);
    r.router.handle({ kind: "WokeLate", by: micros(10_000_000) }, r.now);
    expect(summary(r.router.handleTimeout(r.now))).toContain("MASTER masterDownExpired");
  });

  it("MASTER that was silent long enough for others to take over lets go without an advert", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    r.now = micros(r.now + 5_000_000);
    const late = r.router.handle({ kind: "WokeLate", by: micros(4_000_000) }, r.now);
    expect(summary(late)).toEqual(["remove", "BACKUP wokeLate"]);
  });

  it("MASTER that was a little late goes on", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    r.now = micros(r.now + 1_500_000);
    r.router.handle({ kind: "WokeLate", by: micros(500_000) }, r.now);
    expect(summary(r.router.handleTimeout(r.now))).toContain("send 100");
  });

  it.each([
    [499_999, "MASTER"],
    [500_000, "BACKUP"],
  ])("BACKUP that was late by %i µs, with an interval of a second, is then %s", (by, state) => {
    const r = new RouterUnderTest();
    r.start();
    r.now = micros(3_609_375 + by);
    r.input({ kind: "WokeLate", by: micros(by) });
    r.router.handleTimeout(r.now);
    expect(r.state).toBe(state);
  });

  it.each([
    [2_999_999, "MASTER"],
    [3_000_000, "BACKUP"],
  ])("MASTER that was silent for %i µs, three intervals being a second each, is then %s", (silent, state) => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    // Its last advert was at 9.609375 s.
    r.now = micros(9_609_375 + silent);
    r.input({ kind: "WokeLate", by: micros(silent - 1_000_000) });
    expect(r.state).toBe(state);
  });

  it("an address owner goes on however late it was, with one advert, and the next one an interval later", () => {
    const r = new RouterUnderTest({ priority: 255, initialState: "MASTER" });
    r.start();
    r.now = micros(60_500_000);
    expect(r.input({ kind: "WokeLate", by: micros(59_500_000) })).not.toContain("remove");
    const seen = summary(r.router.handleTimeout(r.now));
    expect(seen.filter((word) => word.startsWith("send"))).toEqual(["send 255"]);
    expect(r.router.nextDeadline()).toBe(61_500_000);
  });
});

describe("a sync group", () => {
  it("announces the other members' addresses too when a rival of lower priority was heard", () => {
    const r = new RouterUnderTest({}, true);
    r.start();
    r.input({ kind: "GroupMoved", to: "MASTER", group: "G" });
    expect(r.hear({ priority: 50 })).toEqual(["send 100", "announce 5", "AnnounceGroup"]);
  });
});

describe("unicast", () => {
  const unicast = { unicastPeers: [{ address: LOWER_PEER }, { address: HIGHER_PEER }] };
  const direct = { destination: ipAddress("10.0.0.2"), priority: 200 };

  it.each([
    [63, ["dropped ttl"]],
    [64, []],
    [65, []],
    [66, ["dropped ttl"]],
  ])("min_ttl 64, max_ttl 65: TTL %i", (ttl, seen) => {
    const r = new RouterUnderTest({ unicastPeers: [{ address: LOWER_PEER, minTtl: 64, maxTtl: 65 }] });
    r.start();
    expect(r.hear({ ...direct, ttl })).toEqual(seen);
  });

  it("an advert of a stranger is received and dropped in the statistics", () => {
    const r = new RouterUnderTest({ unicastPeers: [{ address: HIGHER_PEER }], checkUnicastSource: true });
    r.start();
    expect(r.hear(direct)).toEqual(["dropped unknownPeer"]);
    const { counters } = r.router.snapshot();
    expect([counters.advertisementsReceived, counters.dropped.unknownPeer]).toEqual([1, 1]);
  });

  it("one copy per peer, one in the statistics", () => {
    const r = new RouterUnderTest(unicast);
    r.start();
    expect(r.wait(3_609_375).filter((word) => word === "send 100")).toHaveLength(2);
    expect(r.router.snapshot().counters.advertisementsSent).toBe(1);
  });

  it("TTL is not checked", () => {
    const r = new RouterUnderTest(unicast);
    r.start();
    expect(r.hear({ ...direct, ttl: 3 })).toEqual([]);
    expect(r.router.snapshot().counters.advertisementsReceived).toBe(1);
  });

  it("min_ttl is", () => {
    const r = new RouterUnderTest({ unicastPeers: [{ address: LOWER_PEER, minTtl: 254 }] });
    r.start();
    expect(r.hear({ ...direct, ttl: 253 })).toEqual(["dropped ttl"]);
  });

  it("check_unicast_src drops strangers", () => {
    const r = new RouterUnderTest({ ...unicast, checkUnicastSource: true });
    r.start();
    expect(r.hear({ ...direct, source: ipAddress("10.0.0.9") })).toEqual(["dropped unknownPeer"]);
  });

  it("a multicast packet is dropped", () => {
    const r = new RouterUnderTest(unicast);
    r.start();
    expect(r.hear({ priority: 200 })).toEqual(["dropped castMode"]);
  });
});

describe("two routers that take over at the same moment", () => {
  it("AH: hear each other though they send the same sequence number", () => {
    const key = Uint8Array.of(0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0, 0);
    const r = new RouterUnderTest({ authentication: { type: "AH", password: "secret" } });
    r.start();
    r.hear({ auth: { type: "AH", key, sequence: 7 }, priority: 200 });
    r.hear({ auth: { type: "AH", key, sequence: 8 }, priority: 0 });
    r.wait(609_375);
    expect(r.state).toBe("MASTER");
    // We have just sent 9; so has the other one, whose address is higher.
    expect(r.hear({ auth: { type: "AH", key, sequence: 9 }, source: HIGHER_PEER })).toEqual([
      "remove",
      "BACKUP tieBreakLost",
    ]);
  });

  it("the winner announces at once, when the loser has let go, and after garp_lower_prio_delay", () => {
    const r = new RouterUnderTest();
    r.becomeMaster();
    r.wait(20_000_000);
    expect(r.hear({ source: LOWER_PEER })).toContain("announce 5");
    const announced = (length: number) => r.wait(length).filter((word) => word.startsWith("announce"));
    expect(announced(249_999)).toEqual([]);
    expect(announced(1)).toEqual(["announce 5"]);
    expect(announced(4_749_999)).toEqual([]);
    expect(announced(1)).toEqual(["announce 5"]);
  });
});
