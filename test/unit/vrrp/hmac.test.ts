/** `auth_hmac` (draft-cassen-vrrp-auth-hmac): modes, keys, windows and replays, as a router lives through them. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { micros, seconds } from "../../../src/base/time.js";
import type { AuthHmac } from "../../../src/vrrp/config.js";
import { HmacAuthentication } from "../../../src/vrrp/hmac.js";
import { isLaterSequence, parseHmacTrailer, sequenceAt } from "../../../src/wire/hmac-trailer.js";
import { parseIpPacket } from "../../../src/wire/packet.js";
import { anAdvertisement, HIGHER_PEER, LOWER_PEER, RouterUnderTest } from "../../support/router.js";

const WALL = seconds(1_800_000_000);
const KEYS = [
  { id: 1, hex: "11".repeat(32) },
  { id: 2, hex: "22".repeat(64) },
];

function settings(overrides: Partial<AuthHmac> = {}): AuthHmac {
  return { keys: KEYS, activeKey: 1, timeWindow: 5, antiReplay: "time", mode: "enforce", ...overrides };
}

function signature(sequence: bigint, id = 1) {
  const { hex } = KEYS[id - 1] ?? { hex: "" };
  return { type: "HMAC", key: Uint8Array.from(Buffer.from(hex, "hex")), keyId: id, sequence } as const;
}

/** A router at UTC {@link WALL} when its own clock is 0. */
function router(hmac: Partial<AuthHmac> = {}, rest: ConstructorParameters<typeof RouterUnderTest>[0] = {}) {
  const one = new RouterUnderTest({ authHmac: settings(hmac), ...rest });
  one.router.handle({ kind: "WallClockRead", offset: WALL }, one.now);
  return one;
}

function at(offset: number): bigint {
  return sequenceAt(seconds(1_800_000_000 + offset));
}

describe("§ auth_hmac, receiving", () => {
  it("enforce demands a trailer, the other modes do not", () => {
    for (const [mode, seen] of [
      ["enforce", ["dropped hmacMissing"]],
      ["permissive", []],
      ["receive-only", []],
    ] as const) {
      const one = router({ mode });
      one.start();
      expect(one.hear({ priority: 200 }), mode).toEqual(seen);
      expect(one.router.snapshot().counters.dropped.hmacMissing).toBe(mode === "enforce" ? 1 : 0);
    }
  });

  it("in every mode a trailer that is there must be right", () => {
    for (const mode of ["enforce", "permissive", "receive-only"] as const) {
      const one = router({ mode, keys: KEYS.slice(0, 1) });
      one.start();
      expect(one.hear({ priority: 200, auth: signature(at(0)) })).toEqual([]);
      expect(one.hear({ priority: 200, auth: signature(at(1), 2) })).toEqual(["dropped hmacUnknownKey"]);
      const forged = { ...signature(at(2)), key: new Uint8Array(32) };
      expect(one.hear({ priority: 200, auth: forged })).toEqual(["dropped hmacInvalid"]);
      const { bytes } = anAdvertisement({ auth: signature(at(3)) });
      for (const place of [36, 38]) {
        const other = parseIpPacket(bytes.with(bytes.length - 64 + place, 2));
        if (typeof other === "string") throw new Error(other);
        one.router.handle({ kind: "PacketReceived", packet: other }, one.now);
      }
      const { dropped, advertisementsReceived } = one.router.snapshot().counters;
      expect(dropped).toMatchObject({ hmacMalformed: 2, hmacInvalid: 1, hmacUnknownKey: 1 });
      expect(advertisementsReceived).toBe(1);
    }
  });

  it("a replay is dropped, also after the sender was heard again", () => {
    const one = router({}, { unicastPeers: [{ address: LOWER_PEER }, { address: HIGHER_PEER }] });
    const destination = ipAddress("10.0.0.2");
    const hear = (source: typeof LOWER_PEER, sequence: bigint) =>
      one.hear({ priority: 200, source, destination, auth: signature(sequence) });
    one.start();
    expect(hear(LOWER_PEER, at(0))).toEqual([]);
    expect(hear(HIGHER_PEER, at(-2)), "every sender has a sequence of its own").toEqual([]);
    expect(hear(LOWER_PEER, at(0))).toEqual(["dropped hmacReplay"]);
    expect(hear(LOWER_PEER, at(0) + 1n), "only the counter moved").toEqual([]);
    expect(hear(LOWER_PEER, at(0)), "worth a line after a change of MASTER").toEqual(["dropped hmacReplay"]);
    expect(hear(LOWER_PEER, at(0)), "reported once, counted always").toEqual([]);
    expect(one.router.snapshot().counters.dropped.hmacReplay).toBe(3);
    const stranger = { source: ipAddress("10.0.0.77"), destination, auth: signature(at(1)) };
    expect(one.hear(stranger)).toEqual(["dropped unknownPeer"]);
  });

  it("a stale advert is dropped before its digest is looked at; monotonic takes any time", () => {
    const timed = router();
    timed.start();
    for (const offset of [5, -5])
      expect(timed.hear({ priority: 200, auth: signature(at(offset)) })).toEqual(
        offset === 5 ? [] : ["dropped hmacReplay"],
      );
    const forged = { ...signature(at(6)), key: new Uint8Array(32) };
    expect(timed.hear({ priority: 200, auth: forged })).toEqual(["dropped hmacStale"]);
    const monotonic = router({ antiReplay: "monotonic" });
    monotonic.start();
    expect(monotonic.hear({ priority: 200, auth: signature(at(-100_000)) })).toEqual([]);
    expect(monotonic.hear({ priority: 200, auth: signature(at(100_000)) })).toEqual([]);
    expect(monotonic.hear({ priority: 200, auth: signature(at(99_999)) })).toEqual(["dropped hmacReplay"]);
  });

  it("warns of a clock beyond half the window, once", () => {
    const one = router();
    one.start();
    const skews = (sequence: bigint) =>
      one.router
        .handle(
          { kind: "PacketReceived", packet: anAdvertisement({ priority: 200, auth: signature(sequence) }) },
          one.now,
        )
        .flatMap((action) =>
          action.kind === "Emit" && action.event.kind === "ClockSkewed" ? [action.event.skew] : [],
        );
    expect(skews(at(2))).toEqual([]);
    expect(skews(at(3))).toEqual([-3]);
    expect(skews(at(4))).toEqual([]);
  });

  it("a sender whose clock was wrong by hours is heard again when it is right", () => {
    const one = new HmacAuthentication(settings());
    const { bytes } = anAdvertisement({ auth: signature(at(7200)) });
    const back = anAdvertisement({ auth: signature(at(0)) }).bytes;
    const packet = { family: 4, source: LOWER_PEER, pdu: 20, trailer: 40, unicast: false } as const;
    expect(one.check({ ...packet, bytes }, seconds(1_800_007_200)).kind).toBe("accepted");
    expect(one.check({ ...packet, bytes: back }, WALL).kind).toBe("accepted");
  });

  it("remembers four multicast senders, and forgets the one heard least recently", () => {
    const one = new HmacAuthentication(settings({ antiReplay: "monotonic" }));
    const verdict = (host: number, sequence: bigint) => {
      const source = ipAddress(`10.0.0.${host}`);
      const { bytes } = anAdvertisement({ source, auth: signature(sequence) });
      const found = one.check({ bytes, family: 4, source, pdu: 20, trailer: 40, unicast: false }, WALL);
      return found.kind === "refused" ? found.reason : found.kind;
    };
    for (const host of [1, 2, 3, 4]) expect(verdict(host, 10n)).toBe("accepted");
    expect(verdict(1, 10n), "heard again, though in vain").toBe("hmacReplay");
    expect(verdict(5, 10n)).toBe("accepted");
    expect(verdict(2, 10n), "2 was forgotten for 5").toBe("accepted");
    expect(verdict(1, 10n)).toBe("hmacReplay");
  });
});

describe("§ auth_hmac, sending", () => {
  const sequenceOf = (bytes: Uint8Array) => parseHmacTrailer(bytes, bytes.length - 28);
  /** The next advert, as if it were due now, with a wall clock that is `offset` ahead of the router's. */
  const sent = (one: RouterUnderTest, offset: number = WALL) => {
    const due = one.router.nextDeadline() ?? one.now;
    const atDue = micros(offset - (due - one.now));
    one.router.handle({ kind: "WallClockRead", offset: atDue }, one.now);
    return one.router
      .handleTimeout(due)
      .flatMap((action) => (action.kind === "SendPacket" ? [action.packet] : []));
  };

  it("signs with the active key at the time of the wall clock, one sequence for all peers", () => {
    const one = router(
      { activeKey: 2 },
      { unicastPeers: [{ address: LOWER_PEER }, { address: HIGHER_PEER }] },
    );
    one.becomeMaster();
    const packets = sent(one);
    expect(packets.map((bytes) => bytes.length)).toEqual([68, 68]);
    const [first, second] = packets.map(sequenceOf);
    expect(first).toMatchObject({ type: 1, keyId: 2, reserved: 0, sequence: at(10) });
    expect(second?.sequence).toBe(first?.sequence);
  });

  it("never repeats a sequence while the clock stands still or goes back within the window", () => {
    const one = router();
    one.becomeMaster();
    const sequences = [0, 0, -1, -4].flatMap((step) => {
      return sent(one, WALL + step * 1_000_000).map((bytes) => sequenceOf(bytes).sequence);
    });
    for (let i = 1; i < sequences.length; i++)
      expect(isLaterSequence(sequences[i] ?? 0n, sequences[i - 1] ?? 0n)).toBe(true);
    expect(
      sent(one, WALL - 3_600_000_000).map((bytes) => sequenceOf(bytes).sequence),
      "set back by an hour",
    ).toEqual([at(10 - 3600)]);
  });

  it("receive-only sends no trailer, and a key that could not be read signs nothing", () => {
    for (const hmac of [{ mode: "receive-only" }, { keys: [{ id: 1, hex: "" }] }] as const) {
      const one = router(hmac);
      one.becomeMaster();
      expect(sent(one).map((bytes) => bytes.length)).toEqual([40]);
    }
  });

  it("a reload replaces the active key, and old adverts stay old", () => {
    const one = router();
    one.start();
    expect(one.hear({ priority: 200, auth: signature(at(0)) })).toEqual([]);
    const { config } = one.router.snapshot();
    one.router.handle(
      { kind: "Reconfigured", config: { ...config, authHmac: settings({ activeKey: 2 }) }, inGroup: false },
      one.now,
    );
    expect(one.hear({ priority: 200, auth: signature(at(0)) })).toEqual(["dropped hmacReplay"]);
    one.wait(10_000_000);
    expect(sent(one).map((bytes) => sequenceOf(bytes).keyId)).toEqual([2]);
  });
});
