/** The evidence of who was heard: bounded, and nobody invented pushes out somebody real. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { micros, seconds } from "../../../src/base/time.js";
import { HeardSenders } from "../../../src/vrrp/heard.js";
import { HIGHER_PEER, LOWER_PEER, RouterUnderTest } from "../../support/router.js";

describe("who was heard", () => {
  it("accepted adverts: the last one, its priority and interval; a resignation until the next advert", () => {
    const router = new RouterUnderTest();
    router.start();
    router.hear({ source: HIGHER_PEER, priority: 150 });
    router.wait(500_000);
    router.hear({ source: HIGHER_PEER, priority: 151 });
    router.hear({ source: HIGHER_PEER, priority: 0 });
    const [sender] = router.router.snapshot().heard;
    expect(sender).toMatchObject({ address: HIGHER_PEER, accepted: 3, resignedAt: 500_000, lastAt: 500_000 });
    expect(sender?.advert).toEqual({
      at: 500_000,
      priority: 151,
      intervalSince: 0,
      advertInterval: seconds(1),
      otherAddresses: undefined,
    });
    router.hear({ source: HIGHER_PEER, priority: 151 });
    expect(router.router.snapshot().heard[0]?.resignedAt).toBeUndefined();
  });

  it("a differing address list is remembered", () => {
    const router = new RouterUnderTest();
    router.start();
    router.hear({ source: HIGHER_PEER, addresses: Uint8Array.of(10, 9, 9, 9) });
    expect(router.router.snapshot().heard[0]?.advert?.otherAddresses).toEqual(["10.9.9.9"]);
  });

  it("dropped packets: one entry for each reason, counted, with the last detail", () => {
    const router = new RouterUnderTest({ authentication: { type: "PASS", password: "right" } });
    router.start();
    const auth = { type: "PASS", password: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) } as const;
    for (let i = 0; i < 3; i++) router.hear({ source: LOWER_PEER, auth });
    router.hear({ source: LOWER_PEER, ttl: 254, auth });
    const [sender] = router.router.snapshot().heard;
    expect(sender?.accepted).toBe(0);
    expect(sender?.drops.map(({ reason, count }) => [reason, count])).toEqual([
      ["authPassword", 3],
      ["ttl", 1],
    ]);
    expect(sender?.drops[1]?.detail).toContain("254");
    expect(JSON.stringify(sender)).not.toContain("right");
  });

  it("what comes in FAULT is not judged, but it is known who spoke", () => {
    const router = new RouterUnderTest();
    const fault = { kind: "interfaceDown", interface: "eth0" } as const;
    router.router.handle({ kind: "FaultsChanged", faults: [fault] }, router.now);
    router.start();
    router.hear({ source: HIGHER_PEER });
    expect(router.router.snapshot().heard[0]?.drops[0]?.reason).toBe("notRunning");
  });

  it("a flood of invented senders stays within the bound and does not push out an accepted one", () => {
    const heard = new HeardSenders();
    const advert = {
      from: HIGHER_PEER,
      priority: 100,
      advertInterval: seconds(1),
      addressesMatch: true,
      addresses: () => [],
      ahSequence: undefined,
      handover: false,
      clockSkew: undefined,
      oldChecksum: false,
    };
    heard.accepted(advert, micros(1));
    for (let i = 0; i < 1_000; i++)
      heard.dropped(ipAddress(`10.1.${i >> 8}.${i & 255}`), "authPassword", "", micros(2 + i));
    const senders = heard.snapshot();
    expect(senders).toHaveLength(16);
    expect(senders[0]?.address).toBe(HIGHER_PEER);
    expect(senders.at(-1)?.address).toBe("10.1.3.231");
  });
});
