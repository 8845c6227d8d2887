/** The text of keepalived.stats. */

import { describe, expect, it } from "vitest";
import { statsDump } from "../../../src/report/stats-dump.js";
import { newCounters } from "../../../src/vrrp/counters.js";

describe("keepalived.stats", () => {
  it("keepalived 2.2: one block an instance, every counter in its row", () => {
    const counters = newCounters();
    Object.assign(counters, {
      advertisementsReceived: 1,
      advertisementsSent: 2,
      becameMaster: 3,
      releasedMaster: 4,
      addressListDiffers: 5,
      priorityZeroReceived: 6,
      priorityZeroSent: 7,
    });
    Object.assign(counters.dropped, { length: 10, ipLength: 1, ttl: 20, type: 30, advertInterval: 40 });
    Object.assign(counters.dropped, {
      authType: 50,
      authTypeMismatch: 60,
      authPassword: 70,
      ahIcv: 2,
      ahPresence: 3,
      castMode: 4,
    });
    Object.assign(counters.dropped, { checksum: 900, version: 900, ownPacket: 900 });
    expect(statsDump([{ name: "VI_1", counters }])).toBe(
      [
        "VRRP Instance: VI_1",
        "  Advertisements:",
        "    Received: 1",
        "    Sent: 2",
        "  Became master: 3",
        "  Released master: 4",
        "  Packet Errors:",
        "    Length: 11",
        "    TTL: 20",
        "    Invalid Type: 30",
        "    Advertisement Interval: 0",
        "    Address List: 9",
        "  Authentication Errors:",
        "    Invalid Type: 50",
        "    Type Mismatch: 63",
        "    Failure: 72",
        "  Priority Zero:",
        "    Received: 6",
        "    Sent: 7",
        "",
      ].join("\n"),
    );
  });

  it("keepalived 2.4: the errors of auth_hmac, where that is configured", () => {
    const counters = newCounters();
    Object.assign(counters.dropped, { hmacMissing: 1, hmacMalformed: 2, hmacUnknownKey: 3 });
    Object.assign(counters.dropped, { hmacInvalid: 4, hmacStale: 5, hmacReplay: 6 });
    const lines = statsDump([{ name: "VI_1", counters, authHmac: true }]).split("\n");
    const at = lines.indexOf("  Authentication Extension Errors:");
    expect(lines[at - 1]).toBe("    Failure: 0");
    expect(lines.slice(at + 1, at + 8)).toEqual([
      "    Missing: 1",
      "    Malformed: 2",
      "    Unknown Key: 3",
      "    Invalid HMAC: 4",
      "    Stale: 5",
      "    Replay: 6",
      "  Priority Zero:",
    ]);
    expect(statsDump([{ name: "VI_1", counters }])).not.toContain("Extension");
  });

  it("no instances: an empty file", () => {
    expect(statsDump([])).toBe("");
  });
});
