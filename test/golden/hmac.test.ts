/**
 * Adverts with the trailer of `auth_hmac` from a peer that shares nothing with Vigil (capture-hmac.sh): Vigil believes them, builds
 * the same bytes from the peer's own words, and a router takes them for what they are.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { seconds } from "../../src/base/time.js";
import { HmacAuthentication } from "../../src/vrrp/hmac.js";
import { Receiver } from "../../src/vrrp/receive.js";
import { parseHmacTrailer, sequenceAt, verifyHmacTrailer } from "../../src/wire/hmac-trailer.js";
import { parseIpPacket, writeVrrpPacket } from "../../src/wire/packet.js";
import { vrrpChecksum } from "../../src/wire/vrrp.js";
import { readPcap } from "../support/pcap.js";
import { aConfig } from "../support/router.js";

interface Said {
  readonly priority: number;
  readonly keyId: number;
  readonly seconds: number;
  readonly subseconds: number;
  readonly counter: number;
}

const KEY = "6b3379".repeat(12);

/** What capture-hmac.sh asked the peer for. */
const CASES = [
  {
    name: "v3-ipv4",
    version: 3,
    family: 4,
    key: KEY,
    source: "192.0.2.1",
    destination: "224.0.0.18",
    ttl: 255,
    vips: [
      [192, 0, 2, 10],
      [192, 0, 2, 11],
    ],
  },
  {
    name: "v3-ipv4-unicast",
    version: 3,
    family: 4,
    key: KEY,
    source: "192.0.2.1",
    destination: "192.0.2.2",
    ttl: 64,
    vips: [[192, 0, 2, 10]],
  },
  {
    name: "v2-ipv4",
    version: 2,
    family: 4,
    key: KEY + KEY.slice(0, 56),
    source: "192.0.2.1",
    destination: "224.0.0.18",
    ttl: 255,
    vips: [[192, 0, 2, 10]],
  },
  {
    name: "v3-ipv6",
    version: 3,
    family: 6,
    key: KEY,
    source: "fe80::ff:fe00:1",
    destination: "ff02::12",
    ttl: 255,
    vips: [
      [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10],
      [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10],
    ],
  },
] as const;

const FOLDER = new URL("./hmac/", import.meta.url);

describe.each(CASES)("auth_hmac, $name", (golden) => {
  const { name, version, family } = golden;
  const said = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as readonly Said[];
  const packets = readPcap(new URL(`${name}.pcap`, FOLDER)).map((frame) => frame.slice(14));
  const key = Uint8Array.from(Buffer.from(golden.key, "hex"));
  const pdu = family === 4 ? 20 : 40;
  const trailer = pdu + 8 + golden.vips.length * (family === 4 ? 4 : 16) + (version === 2 ? 8 : 0);

  test("three adverts, the last one of priority 0", () => {
    expect(packets.map((bytes) => bytes[pdu + 2])).toEqual(said.map(({ priority }) => priority));
    expect(said.map(({ priority }) => priority === 0)).toEqual([false, false, true]);
  });

  test("trailer and digest", () => {
    for (const [i, bytes] of packets.entries()) {
      const { keyId, seconds: whole, subseconds, counter } = said[i] as Said;
      expect(bytes.length).toBe(trailer + 28);
      const sequence = (BigInt(whole) << 32n) | BigInt(subseconds * 0x10000 + counter);
      expect(parseHmacTrailer(bytes, trailer)).toEqual({ type: 1, keyId, reserved: 0, sequence });
      const location = { bytes, family, pdu, trailer };
      expect(verifyHmacTrailer(location, key)).toBe(true);
      expect(verifyHmacTrailer(location, key.with(31, 0))).toBe(false);
      for (const place of [
        pdu,
        pdu + 2,
        pdu + 8,
        trailer + 4,
        trailer + 11,
        trailer + 27,
        family === 4 ? 15 : 23,
      ]) {
        const changed = bytes.with(place, (bytes[place] ?? 0) ^ 1);
        expect(verifyHmacTrailer({ ...location, bytes: changed }, key), `byte ${place}`).toBe(false);
      }
      // The checksum is not under the digest: IPv6's is made by the kernel, over the trailer too.
      const unsummed = bytes.with(pdu + 6, (bytes[pdu + 6] ?? 0) ^ 1);
      expect(verifyHmacTrailer({ ...location, bytes: unsummed }, key)).toBe(true);
      const length = (family === 4 ? trailer : bytes.length) - pdu;
      expect(vrrpChecksum({ bytes, family, offset: pdu, length }, version, false)).toBe(0);
    }
  });

  test("the same bytes from the same values", () => {
    for (const [i, bytes] of packets.entries()) {
      const { keyId, priority, seconds: whole, subseconds, counter } = said[i] as Said;
      const packet = writeVrrpPacket({
        family,
        version,
        vrid: 51,
        priority,
        advertInterval: seconds(1),
        addresses: Uint8Array.from(golden.vips.flat()),
        source: ipAddress(golden.source),
        destination: ipAddress(golden.destination),
        ttl: golden.ttl,
        ipId: i + 1,
        auth: {
          type: "HMAC",
          key,
          keyId,
          sequence: (BigInt(whole) << 32n) | BigInt(subseconds * 0x10000 + counter),
        },
        v3ChecksumAsV2: false,
      });
      const expected = bytes.slice();
      // Linux makes a flow label for IPv6, and the IPv4 header checksum, which Vigil leaves to it.
      if (family === 6) expected.set([(expected[1] ?? 0) & 0xf0, 0, 0], 1);
      expect(packet).toEqual(expected);
    }
  });

  test("a router accepts them at the time of the capture, once, and not a minute later", () => {
    const { keyId, seconds: whole } = said[0] as Said;
    const authHmac = {
      keys: [{ id: keyId, hex: golden.key }],
      activeKey: keyId,
      timeWindow: 5,
      antiReplay: "time",
      mode: "enforce",
    } as const;
    const unicast = golden.ttl !== 255;
    const config = aConfig({
      version,
      family,
      authHmac,
      unicastPeers: unicast ? [{ address: ipAddress(golden.source) }] : [],
    });
    const judge = (receiver: Receiver, bytes: Uint8Array, wall: number) => {
      const packet = parseIpPacket(bytes);
      if (typeof packet === "string") throw new Error(packet);
      const context = { priority: 100, source: undefined, ahHeard: 0, wall: seconds(wall) };
      const verdict = receiver.receive(packet, context);
      return verdict.kind === "dropped" ? verdict.reason : verdict.kind;
    };
    const receiver = new Receiver(config, new HmacAuthentication(authHmac));
    for (const bytes of packets) expect(judge(receiver, bytes, whole + 1)).toBe("accepted");
    for (const bytes of packets) expect(judge(receiver, bytes, whole + 1)).toBe("hmacReplay");
    for (const bytes of packets) expect(judge(receiver, bytes, whole + 60)).toBe("hmacStale");
    const plain = new Receiver({ ...config, authHmac: undefined }, new HmacAuthentication(undefined));
    expect(judge(plain, packets[0] as Uint8Array, whole)).toBe("length");
  });
});

test("a sequence is the clock in 1/65536 s, and survives the end of 32 bits of seconds", () => {
  expect(sequenceAt(seconds(1_795_528_294.931_11))).toBe((1_795_528_294n << 32n) | (61_021n << 16n));
  expect(sequenceAt(seconds(2 ** 32 + 5))).toBe(5n << 32n);
});
