/** What is left with the guardian to be said after a death. */

import { describe, expect, it } from "vitest";
import { micros, seconds } from "../../../src/base/time.js";
import type { EngineConfig } from "../../../src/engine/platform.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

type Instance = EngineConfig["instances"][number];

function config(overrides: Partial<Instance>): EngineConfig {
  const whole = simConfig({ version: 2 });
  return { ...whole, instances: whole.instances.map((instance) => ({ ...instance, ...overrides })) };
}

/** The one farewell of an engine. */
function farewellOf(t: EngineUnderTest): { interface: string | undefined; packets: readonly Uint8Array[] } {
  expect(t.farewells.size).toBe(1);
  const [farewell] = t.farewells.values();
  if (farewell === undefined) throw new Error("no farewell");
  return farewell;
}

describe("the farewell", () => {
  it("is a marked advert of priority 0 as long as a router is MASTER, and nothing afterwards", () => {
    const t = new EngineUnderTest(config({})).start(anInterface("eth0"));
    expect(t.farewells.size).toBe(0);
    t.wait(seconds(4));
    expect(t.state("VI_1")).toBe("MASTER");
    const { interface: name, packets } = farewellOf(t);
    expect(name).toBe("eth0");
    expect(packets).toHaveLength(1);
    const bytes = packets[0] ?? new Uint8Array();
    // Identification with the mark; TTL, protocol; version and type, VRID, priority.
    expect([...bytes.subarray(4, 6)]).toEqual([0x56, 0x47]);
    expect([...bytes.subarray(8, 10)]).toEqual([255, 112]);
    expect([...bytes.subarray(20, 23)]).toEqual([0x21, 51, 0]);
    t.engine.handle({ kind: "ShutdownRequested" }, t.now);
    t.wait(seconds(1));
    expect(farewellOf(t).packets).toEqual([]);
  });

  it("with AH has a sequence number that no advert has reached yet, and leaves theirs alone", () => {
    const t = new EngineUnderTest(config({ authentication: { type: "AH", password: "secret" } })).start(
      anInterface("eth0"),
    );
    t.wait(seconds(4));
    const bytes = farewellOf(t).packets[0] ?? new Uint8Array();
    const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(20 + 8);
    expect(sequence).toBe(0x1_0000 + 2);
    expect(bytes[9]).toBe(51);
    // Half the lead of adverts later it is ahead of them again.
    t.wait(seconds(33_000));
    const later = farewellOf(t).packets[0] ?? new Uint8Array();
    expect(new DataView(later.buffer, later.byteOffset).getUint32(20 + 8)).toBeGreaterThan(33_000 + 0x8000);
  });

  it("follows the router over a new name, and there is none with auth_hmac", () => {
    const t = new EngineUnderTest(config({})).start(anInterface("eth0"));
    t.wait(seconds(4));
    t.engine.handle({ kind: "ReloadRequested", config: config({ name: "renamed" }) }, t.now);
    expect(farewellOf(t).packets).toHaveLength(1);
    const authHmac: NonNullable<Instance["authHmac"]> = {
      keys: [{ id: 1, hex: "6b".repeat(32) }],
      activeKey: 1,
      timeWindow: 5,
      antiReplay: "time",
      mode: "enforce",
    };
    const u = new EngineUnderTest(config({ authHmac })).start(anInterface("eth0"));
    u.wait(micros(4_000_000));
    expect(farewellOf(u).packets).toEqual([]);
  });
});
