import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { micros, seconds } from "../../../src/base/time.js";
import type { EngineConfig } from "../../../src/engine/platform.js";
import { simConfig, virtualAddress } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

type Script = EngineConfig["scripts"][number];

const aScript = (overrides: Partial<Script> = {}): Script => ({
  name: "chk",
  command: { argv: ["/bin/true"] },
  interval: seconds(10),
  timeout: seconds(10),
  weight: 0,
  reverse: false,
  rise: 2,
  fall: 6,
  initFail: false,
  ...overrides,
});

const tracking = (script: Script, weight = 0): EngineConfig => ({
  ...simConfig({ version: 2, trackScripts: [{ name: script.name, weight, reverse: false }] }),
  scripts: [script],
});

const finish = (t: EngineUnderTest, status: number) => {
  const run = t.runs.at(-1);
  if (run === undefined) throw new Error("no run");
  t.engine.handle({ kind: "ScriptFinished", run, result: { kind: "exited", status } }, t.now);
};

describe("start", () => {
  it("removes addresses that an earlier run left behind, before anything else", () => {
    const t = new EngineUnderTest(simConfig()).start(anInterface("eth0", {}, ["10.0.0.100"]));
    expect(t.take()).toEqual(["remove 10.0.0.100", "VI_1 BACKUP startup"]);
  });

  it("leaves the host's own address alone, which an address owner has with another prefix", () => {
    const own = {
      address: ipAddress("10.0.0.100"),
      prefixLength: 24,
      secondary: false,
      unusable: false,
      scope: 0,
    };
    const t = new EngineUnderTest(simConfig()).start(anInterface("eth0", { addresses: [own] }));
    expect(t.take()).not.toContain("remove 10.0.0.100");
    expect(t.engine.snapshot().routers[0]?.source).toBe("10.0.0.100");
  });

  it("never sends from a left-over virtual address", () => {
    const t = new EngineUnderTest(simConfig()).start(anInterface("eth0", { addresses: [] }, []));
    expect(t.state("VI_1")).toBe("FAULT");
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", {}, ["10.0.0.100"]) }, t.now);
    expect(t.engine.snapshot().routers[0]?.source).toBe("10.0.0.2");
  });

  it("a missing interface is a FAULT that its appearance ends", () => {
    const t = new EngineUnderTest(simConfig()).start();
    expect(t.take()).toEqual(["VI_1 FAULT fault"]);
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0") }, t.now);
    expect(t.take()).toEqual(["VI_1 BACKUP faultsCleared"]);
  });

  it("vrrp_startup_delay: adverts before its end are thrown away, timers start after it", () => {
    const config = simConfig({ version: 2 });
    const t = new EngineUnderTest({ ...config, global: { ...config.global, startupDelay: seconds(5) } });
    t.start(anInterface("eth0"));
    expect(t.engine.nextDeadline()).toBe(5_000_000 + 3_609_375);
  });
});

describe("links", () => {
  it("link down: goodbye, addresses removed, FAULT; up again: BACKUP", () => {
    const t = new EngineUnderTest(simConfig({ version: 2 })).start(anInterface("eth0")).wait(5_000_000);
    t.take();
    t.engine.handle(
      { kind: "InterfaceChanged", state: anInterface("eth0", { up: false }, ["10.0.0.100"]) },
      t.now,
    );
    expect(t.take()).toEqual(["remove 10.0.0.100", "VI_1 FAULT fault"]);
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0") }, t.now);
    expect(t.take()).toEqual(["VI_1 BACKUP faultsCleared"]);
  });

  it("an address that the kernel never showed cannot be lost; one that it showed can", () => {
    const t = new EngineUnderTest(simConfig({ version: 2 })).start(anInterface("eth0")).wait(5_000_000);
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0") }, t.now);
    expect(t.state("VI_1")).toBe("MASTER");
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", {}, ["10.0.0.100"]) }, t.now);
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0") }, t.now);
    expect(t.state("VI_1")).toBe("BACKUP");
  });

  it("track_interface with a weight changes the priority", () => {
    const config = simConfig({ trackInterfaces: [{ name: "eth1", weight: -30, reverse: false }] });
    const t = new EngineUnderTest(config).start(anInterface("eth0"), anInterface("eth1", { up: false }));
    expect(t.engine.snapshot().routers[0]?.priority).toBe(70);
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth1") }, t.now);
    expect(t.engine.snapshot().routers[0]?.priority).toBe(100);
  });
});

describe("scripts", () => {
  it("weight 0: silent until the first result, one success is enough", () => {
    const t = new EngineUnderTest(tracking(aScript())).start(anInterface("eth0"));
    expect(t.take()).toEqual(["start chk 1"]);
    finish(t, 0);
    expect(t.take()).toEqual(["VI_1 BACKUP faultsCleared"]);
  });

  it("weight 0: the first failure alone is a FAULT, later ones need fall", () => {
    const t = new EngineUnderTest(tracking(aScript())).start(anInterface("eth0"));
    finish(t, 1);
    expect(t.state("VI_1")).toBe("FAULT");
    const u = new EngineUnderTest(tracking(aScript())).start(anInterface("eth0"));
    finish(u, 0);
    for (let failures = 1; failures <= 6; failures++) {
      expect(u.state("VI_1")).not.toBe("FAULT");
      u.wait(10_000_000);
      finish(u, 1);
    }
    u.wait(100_000);
    expect(u.state("VI_1")).toBe("FAULT");
  });

  it("a hanging run counts as a failure when its timeout is over, and does not delay the next run", () => {
    const script = aScript({ interval: seconds(2), timeout: seconds(2), fall: 3 });
    const t = new EngineUnderTest(tracking(script)).start(anInterface("eth0"));
    finish(t, 0);
    t.wait(1_999_999);
    t.take();
    // Starts at 2, 4, 6 s hang; each counts at its timeout, so the third failure comes at 8 s.
    t.wait(5_999_999);
    expect(t.state("VI_1")).not.toBe("FAULT");
    t.wait(100_003);
    expect(t.state("VI_1")).toBe("FAULT");
    const calls = t.take();
    expect(calls.filter((call) => call.startsWith("start"))).toEqual([
      "start chk 2",
      "start chk 3",
      "start chk 4",
      "start chk 5",
    ]);
    expect(calls.filter((call) => call.endsWith("SIGTERM"))).toHaveLength(3);
    expect(calls.filter((call) => call.endsWith("SIGKILL"))).toHaveLength(3);
  });

  it("the late end of a run that timed out changes nothing", () => {
    const script = aScript({ interval: seconds(2), timeout: seconds(1), fall: 1 });
    const t = new EngineUnderTest(tracking(script)).start(anInterface("eth0"));
    finish(t, 0);
    t.wait(3_000_000);
    expect(t.state("VI_1")).toBe("FAULT");
    finish(t, 0);
    expect(t.state("VI_1")).toBe("FAULT");
  });

  it("a script that cannot be started counts as a success, as in keepalived, and says so", () => {
    const t = new EngineUnderTest(tracking(aScript())).start(anInterface("eth0"));
    const run = t.runs[0];
    if (run === undefined) throw new Error("no run");
    t.engine.handle(
      { kind: "ScriptFinished", run, result: { kind: "failedToStart", error: "ENOENT" } },
      t.now,
    );
    expect(t.state("VI_1")).toBe("BACKUP");
    expect(t.events.some((event) => event.kind === "ScriptReturned")).toBe(true);
  });

  it("weight −2 lowers the priority while it fails", () => {
    const t = new EngineUnderTest(tracking(aScript({ fall: 1 }), -2)).start(anInterface("eth0"));
    expect(t.state("VI_1")).toBe("BACKUP");
    finish(t, 1);
    expect(t.engine.snapshot().routers[0]?.priority).toBe(98);
  });
});

describe("sync groups", () => {
  const group = (): EngineConfig => {
    const a = simConfig({ version: 2, name: "A", vrid: 1 });
    const b = simConfig({
      version: 2,
      name: "B",
      vrid: 2,
      interface: "eth1",
      priority: 50,
      virtualAddresses: [{ ...virtualAddress("10.0.1.100"), interface: "eth1" }],
    });
    const members = ["A", "B"];
    return {
      ...a,
      instances: [...a.instances, ...b.instances],
      syncGroups: [
        {
          name: "G",
          members,
          trackInterfaces: [],
          trackScripts: [],
          trackFiles: [],
          trackProcesses: [],
          trackChecks: [],
          trackingWeight: false,
          notify: {},
        },
      ],
    };
  };

  it("members become MASTER only together", () => {
    const t = new EngineUnderTest(group()).start(anInterface("eth0"), anInterface("eth1"));
    t.wait(3_609_375);
    expect([t.state("A"), t.state("B")]).toEqual(["BACKUP", "BACKUP"]);
    t.wait(500_000);
    expect([t.state("A"), t.state("B")]).toEqual(["MASTER", "MASTER"]);
    expect(t.take()).toContain("group G MASTER");
  });

  it("one FAULT makes all FAULT, and its end lets all come back", () => {
    const t = new EngineUnderTest(group()).start(anInterface("eth0"), anInterface("eth1")).wait(5_000_000);
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth1", { up: false }) }, t.now);
    expect([t.state("A"), t.state("B")]).toEqual(["FAULT", "FAULT"]);
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth1") }, t.now);
    expect([t.state("A"), t.state("B")]).toEqual(["BACKUP", "BACKUP"]);
  });
});

describe("reload", () => {
  it("an unchanged file changes nothing: no call but the ports", () => {
    const t = new EngineUnderTest(simConfig({ version: 2 })).start(anInterface("eth0")).wait(5_000_000);
    t.take(true);
    t.engine.handle({ kind: "ReloadRequested", config: simConfig({ version: 2 }) }, t.now);
    expect(t.take(true)).toEqual([]);
    expect(t.state("VI_1")).toBe("MASTER");
  });

  it("an added address is added and announced, a removed one removed, the MASTER stays", () => {
    const before = simConfig({
      virtualAddresses: [virtualAddress("10.0.0.100"), virtualAddress("10.0.0.101")],
    });
    const after = simConfig({
      virtualAddresses: [virtualAddress("10.0.0.101"), virtualAddress("10.0.0.102")],
    });
    const t = new EngineUnderTest(before).start(anInterface("eth0")).wait(5_000_000);
    t.take(true);
    t.engine.handle({ kind: "ReloadRequested", config: after }, t.now);
    expect(t.take(true)).toEqual(["remove 10.0.0.100", "add 10.0.0.102", "frames eth0 5"]);
    expect(t.state("VI_1")).toBe("MASTER");
  });

  it("a renamed instance keeps its state, a removed one hands over, a new one starts", () => {
    const t = new EngineUnderTest(simConfig()).start(anInterface("eth0")).wait(5_000_000);
    t.engine.handle({ kind: "ReloadRequested", config: simConfig({ name: "VI_new" }) }, t.now);
    expect(t.state("VI_new")).toBe("MASTER");
    t.take(true);
    t.engine.handle({ kind: "ReloadRequested", config: simConfig({ vrid: 52, name: "VI_other" }) }, t.now);
    expect(t.take(true)).toEqual([
      "send eth0/ipv4/112/224.0.0.18 0",
      "remove 10.0.0.100",
      "VI_other BACKUP startup",
    ]);
  });

  it("a changed priority holds at once", () => {
    const t = new EngineUnderTest(simConfig()).start(anInterface("eth0"));
    t.engine.handle({ kind: "ReloadRequested", config: simConfig({ priority: 150 }) }, t.now);
    expect(t.engine.snapshot().routers[0]?.priority).toBe(150);
  });
});

it("announcements that wait are dropped with their MASTER, also when a reload has renamed it meanwhile", () => {
  const config = simConfig({ version: 2 });
  const spread = { ...config, global: { ...config.global, garpInterval: micros(100_000) } };
  const t = new EngineUnderTest(spread).start(anInterface("eth0")).wait(3_609_375);
  const instances = config.instances.map((instance) => ({ ...instance, name: "renamed" }));
  t.engine.handle({ kind: "ReloadRequested", config: { ...spread, instances } }, t.now);
  t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", { up: false }) }, t.now);
  expect(t.state("renamed")).toBe("FAULT");
  t.take(true);
  t.wait(2_000_000);
  expect(t.take(true)).toEqual([]);
});

it("vrrp_garp_interval spreads announcements", () => {
  const config = simConfig({ version: 2 });
  const t = new EngineUnderTest({ ...config, global: { ...config.global, garpInterval: micros(100_000) } });
  t.start(anInterface("eth0")).wait(3_609_375);
  expect(t.take(true).filter((call) => call.startsWith("frames"))).toEqual(["frames eth0 1"]);
  t.wait(100_000);
  expect(t.take(true)).toEqual(["frames eth0 1"]);
});
