/** Leaving in good order, docs/handover.md: who says what when, on one router at a time. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { milliseconds, seconds } from "../../src/base/time.js";
import type { Fault } from "../../src/vrrp/cause.js";
import { isHandoverMarked } from "../../src/wire/handover-mark.js";
import {
  type IpPacket,
  parseIpPacket,
  type VrrpPacketFields,
  writeVrrpPacket,
} from "../../src/wire/packet.js";
import { aConfig, HIGHER_PEER, LOWER_PEER, OURS, RouterUnderTest, summary } from "../support/router.js";

const SHUTDOWN = { kind: "ShutdownRequested", cause: { kind: "shutdown" } } as const;
const SCRIPT: Fault = { kind: "scriptFailed", script: "chk" };
const LINK: Fault = { kind: "interfaceDown", interface: "eth0" };

function faults(...list: readonly Fault[]) {
  return { kind: "FaultsChanged", faults: list } as const;
}

function aMaster(): RouterUnderTest {
  const r = new RouterUnderTest();
  r.start();
  r.becomeMaster();
  return r;
}

function aBackup(overrides: ConstructorParameters<typeof RouterUnderTest>[0] = {}): RouterUnderTest {
  const r = new RouterUnderTest(overrides);
  r.start();
  r.hear({ priority: 200 });
  return r;
}

describe("a MASTER that leaves", () => {
  it.each([
    ["a failed script", SCRIPT],
    ["a failed check", { kind: "checkFailed", check: "api", because: "refused" } as const],
    ["an operator's word", { kind: "drained", reason: "disk" } as const],
    ["a tracked file", { kind: "fileFault", file: "f" } as const],
    ["a tracked process", { kind: "noProcessQuorum", process: "p" } as const],
  ])("%s: two goodbyes at once, the addresses when a successor is heard", (_, fault) => {
    const r = aMaster();
    expect(r.input(faults(fault))).toEqual(["send 0", "send 0"]);
    expect(r.wait(milliseconds(20)), "no advert while it waits").toEqual([]);
    expect(r.hear({ priority: 1 }), "whatever its priority").toEqual(["remove", "FAULT fault"]);
  });

  it("without a successor lets go after 100 ms", () => {
    const r = aMaster();
    r.input(faults(SCRIPT));
    expect(r.wait(99_999)).toEqual([]);
    expect(r.wait(1)).toEqual(["remove", "FAULT fault"]);
  });

  it("without a successor lets go when its peers would miss it anyway, if that is earlier", () => {
    const r = new RouterUnderTest({ version: 3, advertInterval: milliseconds(10) });
    r.start();
    r.becomeMaster();
    r.input(faults(SCRIPT));
    // 3 × 10 ms + 156 × 10 ms / 256.
    expect(r.wait(36_092)).toEqual([]);
    expect(r.wait(1)).toEqual(["remove", "FAULT fault"]);
  });

  it("says no goodbye, and counts none, when it has no address to say it from", () => {
    const r = aMaster();
    r.input({ kind: "SourceAddressChanged", source: undefined });
    const actions = r.router.handle(faults(LINK), r.now);
    expect(summary(actions)).toEqual(["remove", "FAULT fault"]);
    expect(actions).not.toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ kind: "PriorityZeroSent" }) }),
    );
    expect(r.router.snapshot().counters.priorityZeroSent).toBe(0);
  });

  it("another goodbye is no successor", () => {
    const r = aMaster();
    r.input(faults(SCRIPT));
    expect(r.hear({ priority: 0 })).toEqual([]);
    expect(r.state).toBe("MASTER");
  });

  it("stops: one goodbye, then INIT, from which nothing brings it back", () => {
    const r = aMaster();
    expect(r.input(SHUTDOWN)).toEqual(["send 0"]);
    expect(r.hear({ priority: 50 })).toEqual(["remove"]);
    expect(r.state).toBe("INIT");
    r.input(faults(SCRIPT));
    r.input(faults());
    expect(r.wait(seconds(10))).toEqual([]);
    expect(r.state).toBe("INIT");
  });

  it("a stop while it leaves for a fault says nothing more, and ends in INIT", () => {
    const r = aMaster();
    r.input(faults(SCRIPT));
    expect(r.input(SHUTDOWN)).toEqual([]);
    expect(r.wait(milliseconds(100))).toEqual(["remove"]);
    expect(r.state).toBe("INIT");
  });

  it.each([
    ["for a fault", faults(SCRIPT), ["remove", "FAULT fault"]],
    ["for good", SHUTDOWN, ["remove"]],
  ])(
    "%s, put into a sync group by a reload: goes with the group, but to where it was going",
    (_, why, seen) => {
      const r = aMaster();
      r.input(why);
      r.input({ kind: "Reconfigured", config: aConfig(), inGroup: true });
      expect(r.input({ kind: "GroupMoved", to: "BACKUP", group: "G" })).toEqual(seen);
      expect(r.state).toBe(why === SHUTDOWN ? "INIT" : "FAULT");
    },
  );

  it("is BACKUP in the end when all is well again meanwhile", () => {
    const r = aMaster();
    r.input(faults(SCRIPT));
    expect(r.input(faults())).toEqual([]);
    expect(r.hear({ priority: 100 })).toEqual(["remove", "BACKUP faultsCleared"]);
  });

  it("lets go at once when the link dies while it waits", () => {
    const r = aMaster();
    r.input(faults(SCRIPT));
    expect(r.input(faults(LINK, SCRIPT))).toEqual(["remove", "FAULT fault"]);
  });

  it("does not wait where the way to the peers is what failed, nor in a sync group", () => {
    expect(aMaster().input(faults(LINK))).toEqual(["send 0", "send 0", "remove", "FAULT fault"]);
    const member = new RouterUnderTest({}, true);
    member.start();
    member.wait(seconds(10));
    member.input({ kind: "GroupMoved", to: "MASTER", group: "G" });
    expect(member.state).toBe("MASTER");
    expect(member.input(faults(SCRIPT))).toEqual(["send 0", "send 0", "remove", "FAULT fault"]);
  });

  it("an instance that a reload removes goes at once", () => {
    const r = aMaster();
    expect(r.input({ kind: "ShutdownRequested", cause: { kind: "reload" } })).toEqual(["send 0", "remove"]);
  });
});

describe("a BACKUP that hears a marked goodbye", () => {
  // Written out: 2 ms + (255 - priority) x 20 ms / 255 + (7 - last byte mod 8) x 3 ms.
  it.each([
    { priority: 100, source: "10.0.0.2", wait: 2_000 + 12_156 + 15_000 },
    { priority: 254, source: "10.0.0.7", wait: 2_000 + 78 },
    { priority: 1, source: "10.0.0.8", wait: 2_000 + 19_921 + 21_000 },
  ])("of priority $priority at $source takes over after $wait µs", ({ priority, source, wait }) => {
    const r = new RouterUnderTest({ priority });
    r.input({ kind: "SourceAddressChanged", source: ipAddress(source) });
    r.start();
    r.hear({ priority: 255, source: LOWER_PEER });
    r.hear({ priority: 0, source: LOWER_PEER, handover: true });
    expect(r.wait(wait - 1)).toEqual([]);
    expect(r.wait(1).slice(0, 2)).toEqual([`send ${priority}`, "MASTER priorityZeroReceived"]);
  });

  it("one without the mark leaves Skew_Time as it is", () => {
    const r = aBackup();
    r.hear({ priority: 0 });
    expect(r.wait(609_374)).toEqual([]);
    expect(r.wait(1)[1]).toBe("MASTER priorityZeroReceived");
  });

  it("never waits longer than Skew_Time", () => {
    const r = aBackup({ version: 3, advertInterval: milliseconds(10) });
    r.hear({ version: 3, priority: 200, advertInterval: milliseconds(10) });
    r.hear({ version: 3, priority: 0, advertInterval: milliseconds(10), handover: true });
    expect(r.wait(6_093)[1]).toBe("MASTER priorityZeroReceived");
  });

  it("a successor that was quicker is followed", () => {
    const r = aBackup();
    r.hear({ priority: 0, handover: true });
    r.wait(milliseconds(5));
    r.hear({ priority: 150, source: HIGHER_PEER });
    expect(r.wait(milliseconds(100))).toEqual([]);
    expect(r.state).toBe("BACKUP");
  });

  it("a member of a sync group waits for Skew_Time as ever", () => {
    const r = new RouterUnderTest({}, true);
    r.start();
    r.hear({ priority: 200 });
    r.hear({ priority: 0, handover: true });
    expect(r.wait(milliseconds(600))).toEqual([]);
  });
});

describe("the mark", () => {
  const packet = (overrides: Partial<VrrpPacketFields>): IpPacket => {
    const parsed = parseIpPacket(
      writeVrrpPacket({
        family: 4,
        version: 2,
        vrid: 51,
        priority: 0,
        advertInterval: seconds(1),
        addresses: Uint8Array.of(10, 0, 0, 100),
        source: OURS,
        destination: ipAddress("224.0.0.18"),
        ttl: 255,
        ipId: 7,
        auth: { type: "none" },
        v3ChecksumAsV2: false,
        ...overrides,
      }),
    );
    if (typeof parsed === "string") throw new Error(parsed);
    return parsed;
  };
  const ipv6 = {
    family: 6,
    version: 3,
    source: ipAddress("fe80::2"),
    destination: ipAddress("ff02::12"),
    addresses: new Uint8Array(16),
  } as const;

  it("lies in the Identification of IPv4 and in the reserved bits over IPv6, and changes nothing else", () => {
    const four = packet({ handover: true });
    expect([...four.bytes.subarray(4, 6)]).toEqual([0x56, 0x47]);
    expect(isHandoverMarked(four, 20)).toBe(true);
    const six = packet({ ...ipv6, handover: true });
    // Reserved bits 0xa, then 100 centiseconds.
    expect([...six.bytes.subarray(44, 46)]).toEqual([0xa0, 100]);
    expect(isHandoverMarked(six, 40)).toBe(true);
    expect(isHandoverMarked(packet({}), 20)).toBe(false);
    expect(isHandoverMarked(packet(ipv6), 40)).toBe(false);
  });
});
