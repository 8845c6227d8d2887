/** A node's state and sentence, from instances as an engine gives them. */

import { expect, test } from "vitest";
import { micros } from "../../../src/base/time.js";
import { explanations, statusReport } from "../../../src/report/status.js";
import { COLOURS, explanationText, PLAIN, statusText } from "../../../src/report/status-text.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";
import { anAdvertisement, LOWER_PEER } from "../../support/router.js";

const at = (now: number) => ({ at: micros(now), wall: Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000, utcOffset: 0 });

function engine(): EngineUnderTest {
  return new EngineUnderTest(simConfig({ version: 3 })).start(anInterface("eth0"));
}

test("backup, holder, fault; the sentence is one line and says why", () => {
  const under = engine();
  const look = () => statusReport(under.engine.snapshot(), at(under.now))?.node;
  expect(look()).toEqual({
    state: "backup",
    sentence: expect.stringMatching(/^backup: \S+ BACKUP since 03:04:05 \(it listens whether/),
  });
  under.wait(10_000_000);
  under.engine.handle(
    { kind: "InterfaceChanged", state: anInterface("eth0", {}, ["10.0.0.100"]) },
    under.now,
  );
  expect(look()?.sentence).toMatch(
    /^holder: \S+ MASTER with 10\.0\.0\.100\/\d+ since 03:03:5\d \(no advert for/,
  );
  under.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", { up: false }) }, under.now);
  expect(look()).toEqual({ state: "fault", sentence: expect.stringContaining("interface eth0 is down") });
});

test("an address that the kernel does not show is a warning: degraded", () => {
  const under = engine().wait(10_000_000);
  const report = statusReport(under.engine.snapshot(), at(under.now));
  expect(report?.node.state).toBe("degraded");
  expect(report?.instances[0]?.findings[0]?.code).toBe("addressMissing");
});

test("one that we took over from is no rival, one that goes on is", () => {
  const under = engine();
  const hear = (priority: number) =>
    under.engine.handle(
      {
        kind: "PacketReceived",
        port: under.ports[0]?.id ?? "",
        packet: anAdvertisement({ version: 3, priority, source: LOWER_PEER }).bytes,
      },
      under.now,
    );
  hear(200);
  under.wait(100_000);
  hear(0);
  under.wait(1_000_000);
  expect(under.state("VI_1")).toBe("MASTER");
  const codes = () =>
    statusReport(under.engine.snapshot(), at(under.now))?.instances[0]?.findings.map(({ code }) => code);
  expect(codes()).toContain("resigned");
  expect(codes()).not.toContain("rivalMaster");
  hear(50);
  expect(codes()).toContain("rivalMaster");
});

test("a fault is told before whatever else is amiss", () => {
  const base = simConfig({ version: 3 });
  const [instance] = base.instances;
  if (instance === undefined) throw new Error("no instance");
  const trackInterfaces = [{ name: "eth9", weight: 10, reverse: false }];
  const config = { ...base, instances: [{ ...instance, trackInterfaces }] };
  const under = new EngineUnderTest(config).start(anInterface("eth0", { up: false }));
  const report = statusReport(under.engine.snapshot(), at(under.now));
  expect(report?.instances[0]?.findings[0]?.code).toBe("trackFailing");
  expect(report?.node.sentence).toContain("interface eth0 is down");
});

test("no such instance", () => {
  const snapshot = engine().engine.snapshot();
  expect(statusReport(snapshot, at(0), { name: "NOPE" })).toBeUndefined();
  expect(explanations(snapshot, at(0), "NOPE")).toBeUndefined();
});

test("the texts: colours only when asked for, and the same words", () => {
  const under = engine().wait(10_000_000);
  const snapshot = under.engine.snapshot();
  const report = statusReport(snapshot, at(under.now));
  const found = explanations(snapshot, at(under.now));
  if (report === undefined || found === undefined) throw new Error("no report");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  const bare = (text: string) => text.replace(/\u001b\[\d+m/g, "");
  expect(statusText(report, PLAIN)).not.toContain("\u001b");
  expect(bare(statusText(report, COLOURS))).toBe(statusText(report, PLAIN));
  expect(bare(explanationText(found, COLOURS))).toBe(explanationText(found, PLAIN));
  expect(explanationText(found, PLAIN)).toContain(
    "What would change it:\n  - an advert with a priority above ",
  );
});
