/** Keywords that are about when something happens, on a virtual clock. */

import { describe, expect, it } from "vitest";
import { micros, seconds } from "../../../src/base/time.js";
import type { EngineConfig } from "../../../src/engine/platform.js";
import { logLines } from "../../../src/report/log-lines.js";
import { simConfig, virtualAddress } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

const withGlobal = (config: EngineConfig, global: Partial<EngineConfig["global"]>): EngineConfig => ({
  ...config,
  global: { ...config.global, ...global },
});

/** When `reach` became true, looking every millisecond from now on. */
function timeUntil(t: EngineUnderTest, reach: () => boolean, limit = 60_000_000): number {
  const start = t.now;
  while (!reach()) {
    if (t.now - start > limit) throw new Error("never");
    t.wait(1_000);
  }
  return Math.floor((t.now - start) / 1_000);
}

describe("vrrp_startup_delay and vrrp_delay_after_boot", () => {
  const owner = { version: 2, priority: 255, initialState: "MASTER" } as const;

  it("all timers start after the delay", () => {
    const config = withGlobal(simConfig({ version: 2 }), { startupDelay: seconds(4) });
    const t = new EngineUnderTest(config).start(anInterface("eth0"));
    expect(timeUntil(t, () => t.state("VI_1") === "MASTER")).toBe(7_610);
  });

  it("an address owner waits too", () => {
    const t = new EngineUnderTest(withGlobal(simConfig(owner), { startupDelay: seconds(4) })).start(
      anInterface("eth0"),
    );
    expect(t.state("VI_1")).toBe("BACKUP");
    expect(timeUntil(t, () => t.state("VI_1") === "MASTER")).toBe(4_001);
  });

  it("a link that comes up during the delay does not shorten it", () => {
    const config = withGlobal(simConfig({ version: 2 }), { startupDelay: seconds(4) });
    const t = new EngineUnderTest(config).start(anInterface("eth0", { up: false }));
    t.wait(1_000_000);
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0") }, t.now);
    expect(timeUntil(t, () => t.state("VI_1") === "MASTER")).toBe(6_610);
  });

  it("the delay after the boot counts on the clock of the boot, and is over when that is long ago", () => {
    const config = withGlobal(simConfig(owner), { delayAfterBoot: seconds(90) });
    const early = new EngineUnderTest(config);
    early.now = seconds(60);
    early.start(anInterface("eth0"));
    expect(timeUntil(early, () => early.state("VI_1") === "MASTER")).toBe(30_001);
    const late = new EngineUnderTest(config);
    late.now = seconds(100);
    expect(late.start(anInterface("eth0")).state("VI_1")).toBe("MASTER");
  });
});

describe("interface_up_down_delays", () => {
  const delays = (down: number, up: number): EngineConfig => ({
    ...simConfig({ version: 2 }),
    interfaceDelays: [{ interface: "eth0", down: micros(down), up: micros(up) }],
  });
  const link = (t: EngineUnderTest, up: boolean) =>
    t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", { up }) }, t.now);

  it("a short loss is not seen, a longer one is; coming back waits as well", () => {
    const t = new EngineUnderTest(delays(1_500_000, 800_000)).start(anInterface("eth0")).wait(5_000_000);
    link(t, false);
    t.wait(1_400_000);
    link(t, true);
    expect(t.wait(3_000_000).state("VI_1")).toBe("MASTER");
    link(t, false);
    expect(timeUntil(t, () => t.state("VI_1") === "FAULT")).toBe(1_500);
    link(t, true);
    expect(timeUntil(t, () => t.state("VI_1") === "BACKUP")).toBe(800);
    const lines = t.events.flatMap((event) => logLines(event)).map((line) => line.text);
    expect(lines).toContain("Delay timer for eth0 cancelled");
    expect(lines.filter((text) => text === "Netlink reports eth0 down")).toHaveLength(1);
  });

  it("the first coming up is not delayed, nor is an interface that is gone", () => {
    const t = new EngineUnderTest(delays(1_500_000, 800_000)).start(anInterface("eth0", { up: false }));
    link(t, true);
    expect(t.state("VI_1")).toBe("BACKUP");
    t.engine.handle({ kind: "InterfaceRemoved", interface: "eth0" }, t.now);
    expect(t.state("VI_1")).toBe("FAULT");
    link(t, true);
    expect(t.state("VI_1")).toBe("BACKUP");
  });
});

it("a polled link counts instead of what the kernel tells, until polling ends", () => {
  const t = new EngineUnderTest(simConfig({ version: 2 })).start(anInterface("eth0")).wait(5_000_000);
  t.engine.handle({ kind: "LinkPolled", interface: "eth0", up: false }, t.now);
  expect(t.state("VI_1")).toBe("FAULT");
  t.engine.handle({ kind: "InterfaceChanged", state: anInterface("eth0", { mtu: 1400 }) }, t.now);
  expect(t.state("VI_1")).toBe("FAULT");
  t.engine.handle({ kind: "LinkPolled", interface: "eth0", up: undefined }, t.now);
  expect(t.state("VI_1")).toBe("BACKUP");
  expect(t.events.flatMap((event) => logLines(event)).map((line) => line.text)).toContain(
    "Linkbeat reports eth0 down",
  );
});

describe("timer_expired_backup", () => {
  const late = (timerExpiredBackup: number | undefined, by: number): string | undefined => {
    const config = simConfig({ version: 2, preempt: false, timerExpiredBackup });
    const t = new EngineUnderTest(config).start(anInterface("eth0")).wait(3_609_375);
    expect(t.state("VI_1")).toBe("MASTER");
    t.now = micros(t.now + by);
    t.engine.handle({ kind: "WokeLate", by: micros(by - 1_000_000) }, t.now);
    return t.state("VI_1");
  };

  it.each([
    // 3 adverts, and (256 − 56) / 256 s: nobody of priority 56 or less can have taken over before.
    [56, 3_781_000, "MASTER"],
    [56, 3_782_000, "BACKUP"],
    [undefined, 2_999_000, "MASTER"],
    [undefined, 3_001_000, "BACKUP"],
  ] as const)("with %s, a MASTER that was silent for %i µs is %s", (setting, silent, expected) => {
    expect(late(setting, silent)).toBe(expected);
  });
});

it("down_timer_adverts counts the adverts that may be missing", () => {
  const t = new EngineUnderTest(simConfig({ version: 2, downTimerAdverts: 5 })).start(anInterface("eth0"));
  expect(timeUntil(t, () => t.state("VI_1") === "MASTER")).toBe(5_610);
});

it("a garp_group's interfaces share the gap, others do not wait for them", () => {
  const address = (text: string, name: string) => ({ ...virtualAddress(text), interface: name });
  const config: EngineConfig = {
    ...simConfig({
      version: 2,
      virtualAddresses: [
        address("10.0.0.100", "eth0"),
        address("10.0.0.101", "eth1"),
        address("10.0.0.102", "eth2"),
      ],
      garp: {
        masterDelay: micros(0),
        masterRepeat: 1,
        masterRefresh: micros(0),
        masterRefreshRepeat: 1,
        lowerPrioDelay: micros(0),
        lowerPrioRepeat: 0,
      },
    }),
    garpGroups: [{ garpInterval: micros(200_000), gnaInterval: micros(0), interfaces: ["eth0", "eth1"] }],
  };
  const t = new EngineUnderTest(config).start(anInterface("eth0"), anInterface("eth1"), anInterface("eth2"));
  const frames = () => t.take(true).filter((call) => call.startsWith("frames"));
  t.wait(3_609_375);
  expect(frames()).toEqual(["frames eth0 1", "frames eth2 1"]);
  t.wait(199_000);
  expect(frames()).toEqual([]);
  t.wait(1_000);
  expect(frames()).toEqual(["frames eth1 1"]);
});
