/** What a node that tracks a check tells its peers, and which of them it counts on when its own check fails. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { milliseconds, seconds } from "../../../src/base/time.js";
import type { CheckResult, EngineConfig, HeardHello } from "../../../src/engine/platform.js";
import { explanations } from "../../../src/report/status.js";
import { explanationText, PLAIN } from "../../../src/report/status-text.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { aCheck } from "../../support/checks.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

const OTHER = ipAddress("10.0.0.9");
const REFUSED: CheckResult = { ok: false, failure: "refused", text: "connection refused" };
const SLOW: CheckResult = { ok: false, failure: "timedOut", text: "no answer" };
const WELL: CheckResult = { ok: true, text: "200" };

const config: EngineConfig = {
  ...simConfig({ version: 2, trackChecks: [{ name: "api", weight: 0, reverse: false }] }),
  checks: [aCheck({ interval: seconds(600), timeout: seconds(300) })],
};

/** Looks now, and finds this. */
function found(t: EngineUnderTest, result: CheckResult): void {
  t.engine.handle({ kind: "CheckDisturbed", check: "api" }, t.now);
  t.wait(milliseconds(50));
  const run = t.checkRuns.at(-1);
  if (run === undefined) throw new Error("no probe");
  t.engine.handle({ kind: "CheckFinished", run, result }, t.now);
}

function hello(t: EngineUnderTest, fit: boolean, overrides: Partial<HeardHello> = {}): void {
  const [instance] = config.instances;
  const address = instance?.virtualAddresses[0]?.address;
  if (instance === undefined || address === undefined) throw new Error("no address");
  const { family, vrid, name } = instance;
  const heard: HeardHello = {
    hello: { family, vrid, address, fit, asks: false, report: undefined },
    instance: name,
    from: OTHER,
    interface: "eth0",
    hopLimit: 255,
    proof: "signed",
    fresh: true,
    wantsAnswer: false,
    ...overrides,
  };
  t.engine.handle({ kind: "PeerHeard", heard }, t.now);
}

function aMaster(used: EngineConfig = config): EngineUnderTest {
  const t = new EngineUnderTest(used).start(anInterface("eth0"));
  const run = t.checkRuns.at(-1);
  if (run === undefined) throw new Error("no probe");
  t.engine.handle({ kind: "CheckFinished", run, result: WELL }, t.now);
  t.wait(seconds(10));
  expect(t.state("VI_1")).toBe("MASTER");
  return t;
}

const clock = (t: EngineUnderTest) => ({
  at: t.now,
  wall: Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000,
  utcOffset: 0,
});
const explain = (t: EngineUnderTest) =>
  explanationText(explanations(t.engine.snapshot(), clock(t)) ?? [], PLAIN);

describe("a MASTER whose check fails", () => {
  it("goes when a candidate that said it is fit says so again", () => {
    const t = aMaster();
    hello(t, true);
    t.hellos.length = 0;
    found(t, REFUSED);
    expect(t.state("VI_1")).toBe("MASTER");
    hello(t, true);
    expect(t.wait(milliseconds(150)).state("VI_1")).toBe("FAULT");
  });

  it("asks again and again, and keeps the addresses when the candidate is silent: it has died", () => {
    const t = aMaster();
    hello(t, true);
    t.hellos.length = 0;
    found(t, REFUSED);
    t.wait(milliseconds(550));
    expect(t.hellos.length).toBeGreaterThanOrEqual(5);
    expect(t.wait(seconds(20)).state("VI_1")).toBe("MASTER");
    expect(t.events).toContainEqual({ kind: "AddressesKept", instance: "VI_1" });
    expect(explain(t)).toContain("candidate 10.0.0.9");
    // It was only away: then it is the better one.
    hello(t, true);
    hello(t, true);
    expect(t.wait(milliseconds(150)).state("VI_1")).toBe("FAULT");
  });

  it("does not count on one that said goodbye", () => {
    const t = aMaster();
    hello(t, true);
    const goodbye = Uint8Array.from([...t.farewells.values()][0]?.packets[0] ?? []);
    goodbye.set([10, 0, 0, 9], 12);
    const port = t.ports[0]?.id ?? "";
    t.engine.handle({ kind: "PacketReceived", port, packet: goodbye }, t.now);
    found(t, REFUSED);
    expect(t.wait(milliseconds(10)).state("VI_1")).toBe("MASTER");
    expect(t.events).toContainEqual({ kind: "AddressesKept", instance: "VI_1" });
  });
});

describe("staying MASTER needs proof", () => {
  /** A hello that must not count: the MASTER then behaves as keepalived does. */
  function goesAlthough(overrides: Partial<HeardHello>, used = config): void {
    const t = aMaster(used);
    hello(t, false, overrides);
    found(t, REFUSED);
    expect(t.wait(milliseconds(150)).state("VI_1")).toBe("FAULT");
    expect(t.events).not.toContainEqual({ kind: "AddressesKept", instance: "VI_1" });
  }

  const open: EngineConfig = { ...config, global: { ...config.global, peerKey: undefined } };

  it.each<[string, Partial<HeardHello>]>([
    ["without a signature", { proof: "missing" }],
    ["signed with another key", { proof: "wrong" }],
    ["of Vigil 0.1", { proof: "old", fresh: false }],
    ["a recording", { fresh: false }],
    ["from off the link, TTL 64", { from: ipAddress("172.31.9.9"), hopLimit: 64 }],
    ["from off the link, TTL 255", { from: ipAddress("172.31.9.9") }],
    ["from on the link, forwarded", { hopLimit: 254 }],
  ])("a hello %s decides nothing", (_name, overrides) => goesAlthough(overrides));

  it.each<[string, Partial<HeardHello>]>([
    ["from off the link", { proof: "unsigned", from: ipAddress("172.31.9.9"), hopLimit: 64 }],
    ["that is a recording", { proof: "unsigned", fresh: false }],
    ["of Vigil 0.1", { proof: "old", fresh: false }],
  ])("without a secret a hello %s decides nothing either", (_name, overrides) =>
    goesAlthough(overrides, open),
  );

  it("without a secret a neighbour's word keeps the addresses for 10 s at most", () => {
    const t = aMaster(open);
    hello(t, false, { proof: "unsigned" });
    found(t, REFUSED);
    for (let second = 0; second < 9; second++) {
      hello(t, false, { proof: "unsigned" });
      expect(t.wait(seconds(1)).state("VI_1")).toBe("MASTER");
    }
    hello(t, false, { proof: "unsigned" });
    expect(t.wait(seconds(2)).state("VI_1")).toBe("FAULT");
    expect(t.events).toContainEqual({ kind: "AddressesKeptNoLonger", instance: "VI_1", because: "limit" });
  });

  it("with proof it lasts five minutes, and a minute after the last word of a silent peer", () => {
    const t = aMaster();
    hello(t, false);
    found(t, REFUSED);
    expect(t.wait(seconds(55)).state("VI_1")).toBe("MASTER");
    hello(t, false);
    expect(t.wait(seconds(58)).state("VI_1")).toBe("MASTER");
    expect(t.wait(seconds(5)).state("VI_1")).toBe("FAULT");
    const again = aMaster();
    hello(again, false);
    found(again, REFUSED);
    for (let second = 0; second < 298; second++) {
      again.wait(seconds(1));
      hello(again, false);
    }
    expect(again.state("VI_1")).toBe("MASTER");
    expect(again.wait(seconds(4)).state("VI_1")).toBe("FAULT");
  });

  it("invented senders take no place from a peer that is known", () => {
    const t = aMaster();
    for (let i = 0; i < 500; i++)
      hello(t, false, { from: ipAddress(`10.0.1.${i % 250}`), proof: "missing", fresh: false });
    hello(t, true);
    for (let i = 0; i < 500; i++)
      hello(t, false, { from: ipAddress(`10.0.2.${i % 250}`), proof: "missing", fresh: false });
    found(t, REFUSED);
    hello(t, true);
    expect(t.wait(milliseconds(150)).state("VI_1")).toBe("FAULT");
  });

  it("only what passes the receive ladder makes a stranger", () => {
    const t = aMaster();
    hello(t, false);
    const broken = Uint8Array.from([...t.farewells.values()][0]?.packets[0] ?? []);
    broken.set([10, 0, 0, 8], 12);
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    t.engine.handle({ kind: "PacketReceived", port: t.ports[0]?.id ?? "", packet: broken }, t.now);
    found(t, REFUSED);
    expect(t.wait(seconds(1)).state("VI_1")).toBe("MASTER");
  });

  it("a sender of adverts without a trusted hello is judged as a keepalived is", () => {
    const t = aMaster();
    hello(t, false);
    const advert = Uint8Array.from([...t.farewells.values()][0]?.packets[0] ?? []);
    advert.set([10, 0, 0, 8], 12);
    t.engine.handle({ kind: "PacketReceived", port: t.ports[0]?.id ?? "", packet: advert }, t.now);
    found(t, REFUSED);
    expect(t.wait(seconds(1)).state("VI_1")).toBe("FAULT");
  });
});

it("hellos that want an answer get ten a second at most", () => {
  const t = aMaster();
  t.hellos.length = 0;
  for (let i = 0; i < 1_000; i++) {
    hello(t, false, { wantsAnswer: true });
    t.wait(milliseconds(1));
  }
  expect(t.hellos.length).toBeGreaterThanOrEqual(2);
  expect(t.hellos.length).toBeLessThanOrEqual(11);
});

it("a daemon that stops says first that it is not fit", () => {
  const t = aMaster();
  expect(t.hellos.at(-1)).toEqual({ instance: "VI_1", fit: true });
  t.hellos.length = 0;
  t.engine.handle({ kind: "ShutdownRequested" }, t.now);
  expect(t.hellos).toEqual([{ instance: "VI_1", fit: false }]);
});

describe("vigil explain", () => {
  it("tells of a check what was found, since when, and what is still missing to a verdict", () => {
    const t = aMaster();
    expect(explain(t)).toMatch(
      /check api +ok: no FAULT \(well, since 03:03:\d\d(\.\d+)?; looked 10(\.\d+)? s ago\)/,
    );
    found(t, SLOW);
    t.wait(seconds(1));
    expect(explain(t)).toMatch(
      /\(well, since [\d:.]+, 1 of fall 3 failures; looked 1 s ago: suspicion: no answer\)/,
    );
  });

  it("tells why the addresses are kept, and who is fit", () => {
    const t = aMaster();
    hello(t, false);
    found(t, REFUSED);
    t.wait(milliseconds(500));
    const text = explain(t);
    expect(text).toMatch(
      /^VI_1 is MASTER: .*; a check fails, and the addresses are kept because nobody fit is known\./,
    );
    expect(text).toMatch(
      /check api +failed: .*\(proof: connection refused, since [\d:.]+; flap penalty 1\.0; looked 0\.5 s ago\)/,
    );
    expect(text).toMatch(
      /fit to serve +no \(a check fails; the addresses are kept, because nobody fit is known, for 4 min 59(\.\d*)? s more at most\)/,
    );
    expect(text).toMatch(/candidate 10\.0\.0\.9 +not fit \(said so 0\.5\d* s ago\)/);
    expect(text).toMatch(/- another node says that it is fit, and takes over/);

    found(t, WELL);
    found(t, WELL);
    hello(t, true);
    const later = explain(t);
    expect(later).toMatch(/candidate 10\.0\.0\.9 +fit \(said so 0/);
    expect(later).toMatch(/well, since .*; flap penalty 1\.0; well again, but not believed for another 4 s/);
  });

  it("names what ends the fault", () => {
    const t = aMaster();
    found(t, REFUSED);
    t.wait(milliseconds(200));
    expect(explain(t)).toMatch(
      /^VI_1 is FAULT: check api failed: connection refused .*\n[\s\S]*- check api succeeds as often as its rise says/,
    );
  });
});
