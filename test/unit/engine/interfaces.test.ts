/** What the engine makes of interfaces that change under a MASTER. */

import { expect, it } from "vitest";
import { milliseconds, seconds } from "../../../src/base/time.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

it("a link that comes back under another index has its sockets opened anew", () => {
  const t = new EngineUnderTest(simConfig({ version: 2 })).start(anInterface("eth0"));
  const opened = t.ports;
  expect(opened).toHaveLength(1);
  t.ports = [];
  t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0") }, t.now);
  expect(t.ports, "the same one").toEqual([]);
  t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", { index: 3 }) }, t.now);
  expect(t.ports).toEqual(opened);
});

it("the last adverts of a MASTER that loses its address still leave from it", () => {
  const t = new EngineUnderTest(simConfig({ version: 2 })).start(anInterface("eth0")).wait(seconds(4));
  expect(t.state("VI_1")).toBe("MASTER");
  t.take();
  t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", { addresses: [] }) }, t.now);
  const sent = t.take(true).filter((call) => call.startsWith("send"));
  expect(sent.map((call) => call.split(" ").at(-1))).toEqual(["0", "0"]);
  expect(t.state("VI_1")).toBe("FAULT");
});

it("announcements that wait for their turn go with the addresses", () => {
  const config = simConfig({ version: 2 });
  const slow = { ...config, global: { ...config.global, garpInterval: milliseconds(100) } };
  const t = new EngineUnderTest(slow).start(anInterface("eth0")).wait(3_609_375);
  expect(t.take(true).filter((call) => call.startsWith("frames"))).toHaveLength(1);
  t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", { up: false }) }, t.now);
  t.wait(seconds(1));
  expect(t.take(true).filter((call) => call.startsWith("frames"))).toEqual([]);
});
