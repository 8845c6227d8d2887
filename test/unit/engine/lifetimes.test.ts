/** When a MASTER renews the lifetimes of its addresses, and when it must not. */

import { describe, expect, it } from "vitest";
import { micros, milliseconds, seconds } from "../../../src/base/time.js";
import type { EngineConfig } from "../../../src/engine/platform.js";
import { simConfig, virtualAddress } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";
import { anAdvertisement } from "../../support/router.js";

const VIP = "10.0.0.100";
const V2 = simConfig({ version: 2 });

/** An advert of a lower priority. */
const rival = anAdvertisement({ priority: 50 }).bytes;

/** A MASTER whose kernel shows the address. */
function master(config: EngineConfig = V2): EngineUnderTest {
  const t = new EngineUnderTest(config).start(anInterface("eth0")).wait(3_609_375);
  expect(t.state("VI_1")).toBe("MASTER");
  t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", {}, [VIP]) }, t.now);
  return t;
}

/** Times of the renewals, µs after becoming MASTER, and the lifetime of the last one. */
function renewals(t: EngineUnderTest): { at: number[]; lifetime: number | undefined } {
  const [added, ...rest] = t.lifetimes;
  return { at: rest.map(({ at }) => at - (added?.at ?? 0)), lifetime: t.lifetimes.at(-1)?.lifetime };
}

/** Times of the adverts, µs. */
function advertTimes(t: EngineUnderTest, length: number): number[] {
  const times: number[] = [];
  const end = t.now + length;
  t.take(true);
  while ((t.engine.nextDeadline() ?? end) < end) {
    t.wait((t.engine.nextDeadline() ?? end) - t.now);
    if (t.take(true).some((call) => call.startsWith("send"))) times.push(t.now);
  }
  return times;
}

describe("renewals", () => {
  it("are made in the turn of each advert, with the lifetime with which the address was added", () => {
    const t = master();
    expect(t.lifetimes).toEqual([{ at: t.now, lifetime: 2 }]);
    const adverts = advertTimes(t, 5_500_000);
    expect(adverts).toHaveLength(5);
    expect(t.lifetimes.slice(1)).toEqual(adverts.map((at) => ({ at, lifetime: 2, renewed: VIP })));
  });

  it("are rarer than frequent adverts, and come between rare ones where the lifetime needs it", () => {
    const frequent = master(simConfig({ version: 3, advertInterval: milliseconds(100) }));
    frequent.lifetimes.length = 1;
    frequent.wait(2_000_000);
    const gaps = frequent.lifetimes.slice(2).map(({ at }, i) => at - (frequent.lifetimes[i + 1]?.at ?? 0));
    expect(gaps).toEqual([500_000, 500_000, 500_000]);
    const between = master(simConfig({ version: 3, advertInterval: milliseconds(900) }));
    between.lifetimes.length = 0;
    between.wait(1_800_000);
    expect(between.lifetimes).toHaveLength(4);
    expect(new Set(between.lifetimes.map(({ lifetime }) => lifetime))).toEqual(new Set([1]));
  });

  it("follow the beat of the adverts when a rival moves it, and cannot be provoked without end", () => {
    const t = master().wait(200_000);
    t.engine.handle({ kind: "PacketReceived", port: t.ports[0]?.id ?? "", packet: rival }, t.now);
    const answered = t.now;
    expect(t.take(true).filter((call) => call.startsWith("send"))).toHaveLength(2);
    expect(renewals(t).at).toEqual([]);
    t.wait(1_000_000);
    expect(t.lifetimes.at(-1)?.at).toBe(answered + 1_000_000);
    const before = t.lifetimes.length;
    for (let i = 0; i < 100; i++)
      t.engine.handle({ kind: "PacketReceived", port: t.ports[0]?.id ?? "", packet: rival }, t.now);
    expect(t.lifetimes).toHaveLength(before);
  });

  it("end with the adverts: in a handover, and as BACKUP", () => {
    const t = master();
    t.engine.handle({ kind: "ShutdownRequested" }, t.now);
    t.wait(5_000_000);
    expect(t.engine.stopped).toBe(true);
    expect(t.lifetimes).toHaveLength(1);
  });

  it("are not of an address that is not there: it would come back", () => {
    const addresses = [virtualAddress(VIP), { ...virtualAddress("10.0.0.101"), noTrack: true }];
    const t = master({ ...V2, instances: simConfig({ version: 2, virtualAddresses: addresses }).instances });
    t.wait(1_000_000);
    expect(t.lifetimes.slice(1).map(({ renewed }) => renewed)).toEqual([VIP]);
  });

  it("off: none, and a reload makes what is held permanent", () => {
    const off = simConfig({ version: 2, addressLifetimes: false });
    const never = master(off).wait(3_000_000);
    expect(never.lifetimes).toEqual([{ at: expect.any(Number), lifetime: undefined }]);
    const t = master();
    t.engine.handle({ kind: "ReloadRequested", config: off }, t.now);
    expect(t.lifetimes.slice(1)).toEqual([{ at: t.now, lifetime: undefined, renewed: VIP }]);
    t.wait(3_000_000);
    expect(t.lifetimes).toHaveLength(2);
  });

  it("a reload with another interval: another lifetime, at once", () => {
    const t = master();
    t.engine.handle(
      { kind: "ReloadRequested", config: simConfig({ version: 2, advertInterval: seconds(10) }) },
      t.now,
    );
    expect(t.lifetimes.at(-1)).toEqual({ at: t.now, lifetime: 29, renewed: VIP });
  });
});

describe("an address that is gone", () => {
  const vanish = (t: EngineUnderTest) =>
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0") }, t.now);
  const standStill = (t: EngineUnderTest, length: number) => {
    t.wait(1);
    t.now = micros(t.now + length);
    t.take();
  };

  it("while we ran: somebody took it, step down", () => {
    const t = master();
    t.take();
    vanish(t);
    expect(t.take()).toEqual([`remove ${VIP}`, "VI_1 BACKUP addressLost"]);
  });

  it.each(["timer", "kernel"] as const)(
    "after we stood still for less than a peer waits: added again, announced, MASTER (first hears the %s)",
    (first) => {
      const t = master();
      standStill(t, 2_500_000);
      if (first === "timer") t.engine.handle({ kind: "WokeLate", by: micros(1_500_000) }, t.now);
      else vanish(t);
      expect(t.take(true)).toEqual([`add ${VIP}`, "frames eth0 5"]);
      expect(t.events).toContainEqual({ kind: "AddressesRestored", instance: "VI_1" });
      expect(t.state("VI_1")).toBe("MASTER");
    },
  );

  it("after a peer may have taken over: let go without an advert of priority 0", () => {
    const t = master();
    standStill(t, 3_100_000);
    vanish(t);
    expect(t.take(true)).toEqual([`remove ${VIP}`, "VI_1 BACKUP wokeLate"]);
  });

  it("after we stood still in a handover: it is over", () => {
    const t = master();
    t.engine.handle({ kind: "ShutdownRequested" }, t.now);
    standStill(t, 2_500_000);
    t.engine.handleTimeout(t.now);
    expect(t.take()).toEqual([`remove ${VIP}`]);
    expect(t.engine.stopped).toBe(true);
  });
});
