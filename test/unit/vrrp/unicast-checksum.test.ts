/** VRRPv3 unicast: the checksum of the RFC, the old one of keepalived, and any other. */

import { expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { parseIpPacket } from "../../../src/wire/packet.js";
import { anAdvertisement, LOWER_PEER, OURS, RouterUnderTest } from "../../support/router.js";

const GROUP = ipAddress("224.0.0.18");

function hears(kind: "right" | "old" | "broken", oldUnicastChecksum: "auto" | "always" | "never"): string {
  const one = new RouterUnderTest({
    version: 3,
    unicastPeers: [{ address: LOWER_PEER }],
    oldUnicastChecksum,
  });
  one.start();
  const { bytes } = anAdvertisement({
    version: 3,
    priority: 200,
    destination: OURS,
    checksumDestination: kind === "old" ? GROUP : undefined,
  });
  // The last byte of its virtual address.
  if (kind === "broken") bytes[bytes.length - 1] = 7;
  const packet = parseIpPacket(bytes);
  if (typeof packet === "string") throw new Error(packet);
  return one.input({ kind: "PacketReceived", packet }).join() || "accepted";
}

it("auto and always take the right and the old one, never only the right one, and nothing takes another", () => {
  const verdicts = (["auto", "always", "never"] as const).map((setting) =>
    (["right", "old", "broken"] as const).map((kind) => hears(kind, setting)),
  );
  const both = ["accepted", "accepted", "dropped checksum"];
  expect(verdicts).toEqual([both, both, ["accepted", "dropped checksum", "dropped checksum"]]);
});
