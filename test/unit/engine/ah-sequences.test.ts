/** AH sequence numbers over a restart: a recording of before is none to the next run. */

import { expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { seconds } from "../../../src/base/time.js";
import { Engine } from "../../../src/engine/engine.js";
import { simConfig } from "../../../src/sim/scenario.js";
import { writeVrrpPacket } from "../../../src/wire/packet.js";
import { anInterface, EngineUnderTest } from "../../support/engine.js";

const KEY = new TextEncoder().encode("s3cretAH");
const config = simConfig({ version: 2, authentication: { type: "AH", password: "s3cretAH" } });

const advert = (sequence: number) =>
  writeVrrpPacket({
    family: 4,
    version: 2,
    vrid: config.instances[0]?.vrid ?? 0,
    priority: 200,
    advertInterval: seconds(1),
    addresses: Uint8Array.of(10, 0, 0, 100),
    source: ipAddress("10.0.0.9"),
    destination: ipAddress("224.0.0.18"),
    ttl: 255,
    ipId: 1,
    auth: { type: "AH", key: KEY, sequence },
    v3ChecksumAsV2: false,
  });

/** A BACKUP that hears adverts with these numbers; how many of them it accepts. */
function accepted(t: EngineUnderTest, numbers: readonly number[]): number {
  const port = t.ports[0]?.id ?? "";
  for (const number of numbers)
    t.engine.handle({ kind: "PacketReceived", port, packet: advert(number) }, t.now);
  return t.engine.snapshot().routers[0]?.counters.advertisementsReceived ?? 0;
}

it("a recording of before the restart is dropped, what is newer is heard", () => {
  const first = new EngineUnderTest(config).start(anInterface("eth0"));
  expect(accepted(first, [7, 8, 9, 10])).toBe(4);
  const kept = first.engine.ahSequences();
  expect(kept).toHaveLength(1);

  const forgetful = new EngineUnderTest(config).start(anInterface("eth0"));
  expect(accepted(forgetful, [7, 8, 9, 10])).toBe(4);
  const next = new EngineUnderTest(config, [], kept).start(anInterface("eth0"));
  expect(accepted(next, [7, 8, 9, 10])).toBe(0);
  expect(accepted(next, [11])).toBe(1);
  expect(next.engine.ahSequences()).toEqual([kept[0]?.replace(/10$/, "11")]);
});

it("texts that are damaged, of other instances, or too many say nothing", () => {
  const texts = [
    "",
    "x",
    "a b c",
    "key 10.0.0.9 -1",
    "key 10.0.0.9 1e9",
    "key 10.0.0.9 99999999999",
    "  ",
    "\u0000",
  ];
  const t = new EngineUnderTest(config, [], [...texts, ...Array(5_000).fill("key 10.0.0.9 5")]);
  t.start(anInterface("eth0"));
  expect(accepted(t, [1])).toBe(1);
  expect(() => new Engine(config, t, [], texts)).not.toThrow();
});
