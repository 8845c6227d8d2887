/** An engine that was told to stop starts nothing any more, whatever still arrives. */

import { expect, it } from "vitest";
import { milliseconds, seconds } from "../../../src/base/time.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

it("a reload that comes while a MASTER hands over is not applied", () => {
  const config = simConfig({ version: 2 });
  const t = new EngineUnderTest(config).start(anInterface("eth0")).wait(seconds(4));
  expect(t.state("VI_1")).toBe("MASTER");
  t.engine.handle({ kind: "ShutdownRequested" }, t.now);
  expect(t.engine.stopped, "it waits for a successor").toBe(false);
  const more = config.instances.map((instance) => ({ ...instance, name: "VI_2", vrid: 52 }));
  t.engine.handle(
    { kind: "ReloadRequested", config: { ...config, instances: [...config.instances, ...more] } },
    t.now,
  );
  t.wait(milliseconds(100));
  expect(t.engine.stopped).toBe(true);
  expect(t.state("VI_2")).toBeUndefined();
});

it("one that is stopped before the interfaces are known does not start when they are", () => {
  const t = new EngineUnderTest(simConfig({ version: 2 }));
  t.engine.handle({ kind: "ShutdownRequested" }, t.now);
  t.start(anInterface("eth0")).wait(seconds(10));
  expect(t.ports).toEqual([]);
  expect(t.state("VI_1")).toBe("INIT");
});

it("one whose instance a reload put into a group goes with the group: it waits for no successor", () => {
  const config = simConfig({ version: 2 });
  const t = new EngineUnderTest(config).start(anInterface("eth0")).wait(seconds(4));
  expect(t.state("VI_1")).toBe("MASTER");
  const lists = {
    trackInterfaces: [],
    trackScripts: [],
    trackChecks: [],
    trackFiles: [],
    trackProcesses: [],
  };
  const [instance] = config.instances;
  if (instance === undefined) throw new Error("an instance");
  const group = { ...lists, name: "G", members: ["VI_1"], trackingWeight: false, notify: instance.notify };
  t.engine.handle({ kind: "ReloadRequested", config: { ...config, syncGroups: [group] } }, t.now);
  t.engine.handle({ kind: "ShutdownRequested" }, t.now);
  expect(t.engine.stopped).toBe(true);
});
