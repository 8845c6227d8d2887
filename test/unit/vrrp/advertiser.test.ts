/** What runs on from packet to packet. */

import { expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { micros } from "../../../src/base/time.js";
import { Advertiser } from "../../../src/vrrp/advertiser.js";
import { HmacAuthentication } from "../../../src/vrrp/hmac.js";
import { aConfig, OURS } from "../../support/router.js";

it("no advert but a marked one has the identification that is the mark", () => {
  const advertiser = new Advertiser(aConfig(), new HmacAuthentication(undefined));
  const identifications = new Set<number>();
  for (let i = 0; i < 0x1_0000; i++) {
    const [packet = new Uint8Array()] = advertiser.packets(100, OURS, micros(0), false);
    identifications.add(((packet[4] ?? 0) << 8) | (packet[5] ?? 0));
  }
  expect(identifications.has(0x5647)).toBe(false);
  expect(identifications.has(0x5648)).toBe(true);
  expect(identifications.has(0), "the kernel would choose one").toBe(false);
});

it("AH sequences: a sender that is heard again pushes no other one out, a new one beyond 256 the oldest", () => {
  const config = aConfig({ authentication: { type: "AH", password: "secret" } });
  const advertiser = new Advertiser(config, new HmacAuthentication(undefined));
  const sender = (n: number) => ipAddress(`10.1.${n >> 8}.${n & 255}`);
  for (let n = 0; n < 256; n++) advertiser.heardAhSequence(sender(n), 1_000 + n);
  advertiser.heardAhSequence(sender(0), 5_000);
  expect([0, 1, 2, 255].map((n) => advertiser.ahHeardFrom(sender(n)))).toEqual([5_000, 1_001, 1_002, 1_255]);
  advertiser.heardAhSequence(sender(256), 7_000);
  expect([0, 1, 2, 256].map((n) => advertiser.ahHeardFrom(sender(n)))).toEqual([5_000, 0, 1_002, 7_000]);
});
