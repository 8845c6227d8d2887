/** Files, processes and interfaces that instances and groups track: priorities, FAULT, reload. */

import { describe, expect, it } from "vitest";
import { micros } from "../../../src/base/time.js";
import type { EngineConfig, EngineInput } from "../../../src/engine/platform.js";
import { logLines } from "../../../src/report/log-lines.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

type Instance = EngineConfig["instances"][number];

const track = (name: string, weight: number, reverse = false) => ({ name, weight, reverse });

const config = (overrides: Partial<Instance>, group?: Partial<EngineConfig["syncGroups"][number]>) => ({
  ...simConfig({ version: 2, ...overrides }),
  trackFiles: [{ name: "F", path: "/f", weight: 1, reverse: false }],
  trackProcesses: [
    {
      name: "P",
      command: ["p"],
      parameterMatch: "none" as const,
      fullCommand: false,
      weight: 0,
      reverse: false,
      quorum: 1,
      quorumMax: undefined,
      forkDelay: micros(0),
      terminateDelay: micros(500_000),
    },
  ],
  syncGroups:
    group === undefined
      ? []
      : [
          {
            name: "G",
            members: ["VI_1"],
            trackInterfaces: [],
            trackScripts: [],
            trackFiles: [],
            trackProcesses: [],
            trackChecks: [],
            trackingWeight: true,
            notify: {},
            ...group,
          },
        ],
});

const file = (number: number): EngineInput => ({ kind: "TrackedFileChanged", file: "F", number });
const processes = (count: number, change: "ended" | "renamed" = "renamed"): EngineInput => ({
  kind: "TrackedProcessChanged",
  process: "P",
  count,
  change,
});

const tell = (t: EngineUnderTest, ...inputs: EngineInput[]) => {
  for (const input of inputs) t.engine.handle(input, t.now);
};
const priority = (t: EngineUnderTest) => t.engine.snapshot().routers[0]?.priority;
const lines = (t: EngineUnderTest) =>
  t.events
    .splice(0)
    .flatMap((event) => logLines(event))
    .map(({ text }) => text);

describe("track_file", () => {
  it("what is known before the start counts from the start", () => {
    const t = new EngineUnderTest(config({ trackFiles: [track("F", 2)] }));
    tell(t, file(7));
    t.start(anInterface("eth0"));
    expect(priority(t)).toBe(114);
  });

  it("changes the priority, and with −254 and less makes FAULT", () => {
    const t = new EngineUnderTest(config({ trackFiles: [track("F", 1)] })).start(anInterface("eth0"));
    t.wait(5_000_000);
    lines(t);
    tell(t, file(10));
    expect(lines(t)).toEqual(["(VI_1) Changing effective priority from 100 to 110"]);
    tell(t, file(-254));
    // The time that a MASTER waits for its successor.
    t.wait(100_000);
    expect([t.state("VI_1"), priority(t)]).toEqual(["FAULT", 100]);
    tell(t, file(0));
    expect(t.state("VI_1")).toBe("BACKUP");
  });

  it("a reload keeps the number; a file that is no longer tracked means nothing", () => {
    const tracked = config({ trackFiles: [track("F", 1)] });
    const t = new EngineUnderTest(tracked).start(anInterface("eth0"));
    tell(t, file(10), {
      kind: "ReloadRequested",
      config: config({ trackFiles: [track("F", 1)], preempt: false }),
    });
    expect(priority(t)).toBe(110);
    tell(t, { kind: "ReloadRequested", config: config({}) });
    expect(priority(t)).toBe(100);
  });

  it("a number that is told ahead of the reload that brings the file is not lost", () => {
    const bare = { ...config({}), trackFiles: [] };
    const t = new EngineUnderTest(bare).start(anInterface("eth0"));
    tell(t, file(20), { kind: "ReloadRequested", config: config({ trackFiles: [track("F", 1)] }) });
    expect(priority(t)).toBe(120);
  });
});

describe("track_process", () => {
  it("no quorum at the start is a FAULT that ends with it; a loss must last", () => {
    const t = new EngineUnderTest(config({ trackProcesses: [track("P", 0)] })).start(anInterface("eth0"));
    expect(t.state("VI_1")).toBe("FAULT");
    lines(t);
    tell(t, processes(1));
    expect(t.state("VI_1")).toBe("BACKUP");
    tell(t, processes(0, "ended"));
    expect(t.wait(499_000).state("VI_1")).toBe("BACKUP");
    expect(t.wait(2_000).state("VI_1")).toBe("FAULT");
    expect(lines(t).filter((text) => text.startsWith("Quorum"))).toEqual([
      "Quorum gained for tracked process P",
      "Quorum lost for tracked process P",
    ]);
  });

  it("weights count; reverse takes away instead of adding", () => {
    const t = new EngineUnderTest(config({ trackProcesses: [track("P", 20, true)] }));
    tell(t, processes(1));
    t.start(anInterface("eth0"));
    expect(priority(t)).toBe(80);
    tell(t, processes(0));
    expect(priority(t)).toBe(100);
  });

  it("a reload keeps the verdict, one that waits included", () => {
    const tracked = config({ trackProcesses: [track("P", 0)] });
    const t = new EngineUnderTest(tracked);
    tell(t, processes(1));
    t.start(anInterface("eth0"));
    tell(t, processes(0, "ended"));
    t.wait(300_000);
    tell(t, processes(0), { kind: "ReloadRequested", config: tracked });
    expect(t.wait(100_000).state("VI_1")).toBe("BACKUP");
    expect(t.wait(200_000).state("VI_1")).toBe("FAULT");
  });
});

describe("in a sync group", () => {
  it("its trackers count for the members", () => {
    const t = new EngineUnderTest(config({}, { trackFiles: [track("F", 0)] })).start(anInterface("eth0"));
    tell(t, file(1));
    expect(t.state("VI_1")).toBe("FAULT");
  });

  it.each([
    [5, 2, 120],
    [0, 2, "FAULT"],
  ] as const)(
    "of a file that member (weight %i) and group (%i) track, one counts: %s",
    (own, theirs, expected) => {
      const t = new EngineUnderTest(
        config({ trackFiles: [track("F", own)] }, { trackFiles: [track("F", theirs)] }),
      ).start(anInterface("eth0"));
      tell(t, file(10));
      expect(t.state("VI_1") === "FAULT" ? "FAULT" : priority(t)).toBe(expected);
    },
  );
});

describe("track_interface", () => {
  it.each([
    [20, false, 120, 100],
    [-20, false, 100, 80],
    [20, true, 80, 100],
    [-20, true, 100, 120],
  ])("weight %i reverse %s: %i while it is up, %i while it is down", (weight, reverse, up, down) => {
    const t = new EngineUnderTest(config({ trackInterfaces: [track("eth1", weight, reverse)] }));
    t.start(anInterface("eth0"), anInterface("eth1", { index: 3 }));
    expect(priority(t)).toBe(up);
    tell(t, { kind: "InterfaceChanged", state: anInterface("eth1", { index: 3, up: false }) });
    expect(priority(t)).toBe(down);
    tell(t, { kind: "InterfaceRemoved", interface: "eth1" });
    expect(priority(t)).toBe(down);
  });
});
