import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { milliseconds } from "../../../src/base/time.js";
import {
  encodePeerHello,
  type HelloStamp,
  type PeerHello,
  parsePeerHello,
} from "../../../src/wire/peer-hello.js";
import { deriveHelloKey, verifyHello } from "../../../src/wire/peer-signature.js";
import { readHelloOfVigil01 } from "../../support/peers.js";

const KEY = { id: 7, bytes: deriveHelloKey("vrrp_peer_key", Uint8Array.of(1, 2, 3)) };

const STAMP: HelloStamp = {
  source: ipAddress("10.0.0.11"),
  boot: "0102030405060708",
  counter: 4_000_000_000,
  challenge: "1112131415161718",
  echoes: Array.from({ length: 40 }, (_, i) => (i + 1).toString(16).padStart(16, "0")),
};

const HELLO: PeerHello = {
  family: 4,
  vrid: 51,
  address: ipAddress("10.0.0.100"),
  fit: true,
  asks: true,
  report: {
    state: "BACKUP",
    priority: 254,
    reasons: ["check api: connection refused", "drained"],
    digest: "a1a2a3a4a5a6a7a8",
    version: "0.2.0",
    transition: { age: milliseconds(1_500), cause: "masterDownExpired" },
  },
};

const SIX: PeerHello = { ...HELLO, family: 6, vrid: 255, address: ipAddress("fe80::1"), fit: false };

describe("a hello between nodes", () => {
  it.each([
    [HELLO, STAMP],
    [SIX, { ...STAMP, source: ipAddress("fe80::11"), echoes: [] }],
  ] as const)("is read as it was written: %#", (hello, stamp) => {
    const unsigned = parsePeerHello(encodePeerHello(hello, stamp, undefined));
    expect(unsigned).toEqual({ hello, stamp, signature: undefined });
    const bytes = encodePeerHello(hello, stamp, KEY);
    const signed = parsePeerHello(bytes);
    expect(signed).toMatchObject({ hello, stamp, signature: { keyId: 7 } });
    expect(verifyHello(bytes, signed?.signature?.digestAt ?? 0, KEY.bytes)).toBe(true);
  });

  it("is understood by Vigil 0.1, which reads its beginning", () => {
    const { report: _, ...rest } = HELLO;
    expect(readHelloOfVigil01(encodePeerHello(HELLO, STAMP, KEY))).toEqual(rest);
    const { report: __, ...six } = SIX;
    expect(readHelloOfVigil01(encodePeerHello(SIX, STAMP, KEY))).toEqual(six);
  });

  it("of Vigil 0.1 is understood, without anything that it does not say", () => {
    const parsed = parsePeerHello(Buffer.from("5649474c010333040a000064", "hex"));
    expect(parsed).toEqual({
      hello: { ...HELLO, report: undefined },
      stamp: undefined,
      signature: undefined,
    });
  });

  it("skips fields of a later version", () => {
    const bytes = encodePeerHello(HELLO, STAMP, undefined);
    const more = Uint8Array.from([...bytes, 99, 3, 1, 2, 3]);
    expect(parsePeerHello(more)).toEqual({ hello: HELLO, stamp: STAMP, signature: undefined });
  });

  it("has text that a terminal may show, in bounds", () => {
    const reasons = Array.from({ length: 9 }, () => "\u001b[2J\nI am MASTER é".padEnd(200, "x"));
    const report = { ...HELLO.report, reasons } as PeerHello["report"];
    const parsed = parsePeerHello(encodePeerHello({ ...HELLO, report }, STAMP, KEY));
    expect(parsed?.hello.report?.reasons).toHaveLength(4);
    for (const reason of parsed?.hello.report?.reasons ?? []) expect(reason).toMatch(/^[ -~]{80}$/);
  });

  it.each([
    "",
    "5649474c",
    "5649474d010333040a000064",
    "5649474c020333040a000064",
    "5649474c010300040a000064",
    "5649474c010333050a000064",
    "5649474c010333040a0000",
    // A field that is cut off.
    "5649474c010333040a0000640205",
    "5649474c010333040a00006402",
    // A signature of the wrong length.
    "5649474c010333040a000064ff0101",
  ])("%j is none", (hex) => {
    expect(parsePeerHello(Buffer.from(hex, "hex"))).toBeUndefined();
  });

  it("with something behind its signature is none, nor is one longer than a frame", () => {
    const bytes = encodePeerHello(HELLO, STAMP, KEY);
    expect(parsePeerHello(Uint8Array.from([...bytes, 1, 0]))).toBeUndefined();
    const long = new Uint8Array(1_201);
    long.set(Buffer.from("5649474c010333040a000064", "hex"));
    expect(parsePeerHello(long)).toBeUndefined();
  });
});
