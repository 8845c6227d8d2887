/** What runs on from packet to packet. */

import { expect, it } from "vitest";
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
