/** The codecs are total: no bytes make them throw. And what is damaged is seen. The seeds of failures are printed by fast-check. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressBytes, formatIpAddress, type IpAddress } from "../../src/base/ip-address.js";
import { micros, seconds } from "../../src/base/time.js";
import { isVrrpAhHeader, PROTOCOL_AH, parseAhHeader, verifyAhIcv } from "../../src/wire/ah.js";
import { parseGratuitousArp, writeGratuitousArp } from "../../src/wire/arp.js";
import { DROP_REASONS } from "../../src/wire/drop-reason.js";
import { parseEthernetHeader } from "../../src/wire/ethernet.js";
import { parseIpv4Header, writeIpv4Header } from "../../src/wire/ipv4.js";
import { parseIpv6Header, writeIpv6Header } from "../../src/wire/ipv6.js";
import { parseUnsolicitedNa, writeUnsolicitedNa } from "../../src/wire/ndp.js";
import {
  type PacketAuthentication,
  parseIpPacket,
  pduOffsetOf,
  vridOf,
  writeVrrpPacket,
} from "../../src/wire/packet.js";
import { carriesAddresses, parseVrrpHeader, vrrpChecksum, vrrpLength } from "../../src/wire/vrrp.js";
import { readGoldens } from "../support/golden.js";

const ETHERNET = 14;
/** "s3cretAH" */
const AH_KEY = Uint8Array.of(0x73, 0x33, 0x63, 0x72, 0x65, 0x74, 0x41, 0x48);
const SOME_ADDRESSES = new Uint8Array(32).fill(7);

const goldens = readGoldens().flatMap(({ name, frames }) => frames.map(({ frame }) => ({ name, frame })));
const adverts = goldens.filter(({ name }) => /-v[23]-/.test(name));

/** Everything that reads received bytes, with all that follows from what it finds. */
function readEverything(frame: Uint8Array): void {
  parseEthernetHeader(frame);
  parseGratuitousArp(frame);
  parseUnsolicitedNa(frame);
  for (const bytes of [frame, frame.subarray(ETHERNET)]) readPacket(bytes);
}

function readPacket(bytes: Uint8Array): void {
  const packet = parseIpPacket(bytes);
  if (typeof packet === "string") {
    expect(DROP_REASONS).toContain(packet);
    return;
  }
  const { family, payloadOffset, end } = packet;
  expect(payloadOffset <= end && end <= bytes.length).toBe(true);
  const offset = pduOffsetOf(packet);
  expect(vridOf(packet) === undefined).toBe(offset === undefined);
  if (offset === undefined) return;
  const header = parseVrrpHeader(bytes, offset);
  const claimed = vrrpLength(header.version, family, header.count);
  for (const length of [claimed, end - offset]) {
    const checksum = vrrpChecksum({ bytes, family, offset, length }, header.version, false);
    expect(checksum >= 0 && checksum <= 0xffff).toBe(true);
  }
  carriesAddresses(bytes, offset + 8, header.count, SOME_ADDRESSES, family === 4 ? 4 : 16);
  isVrrpAhHeader(parseAhHeader(bytes, payloadOffset));
  for (const unicast of [false, true]) verifyAhIcv({ bytes, offset: payloadOffset, end, unicast }, AH_KEY);
}

/** True when the packet passes all that needs no configuration: lengths, checksum, check value. */
function isSound(bytes: Uint8Array): boolean {
  const packet = parseIpPacket(bytes);
  if (typeof packet === "string") return false;
  const { family, payloadOffset, end, protocol } = packet;
  const offset = pduOffsetOf(packet);
  if (offset === undefined) return false;
  const header = parseVrrpHeader(bytes, offset);
  const length = vrrpLength(header.version, family, header.count);
  if (offset + length !== end) return false;
  if (vrrpChecksum({ bytes, family, offset, length }, header.version, false) !== 0) return false;
  if (protocol !== PROTOCOL_AH) return true;
  const unicast = (packet.bytes[16] ?? 0) >> 4 !== 0xe;
  return (
    isVrrpAhHeader(parseAhHeader(bytes, payloadOffset)) &&
    verifyAhIcv({ bytes, offset: payloadOffset, end, unicast }, AH_KEY)
  );
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
  return copy;
}

describe("no bytes make a reader throw", () => {
  test("random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1600 }), readEverything), { numRuns: 5_000 });
  });

  test("random bytes behind a believable IP header", () => {
    const tail = fc.uint8Array({ maxLength: 1100 });
    const protocol = fc.constantFrom(51, 112);
    fc.assert(
      fc.property(fc.boolean(), protocol, tail, (isIpv4, protocol, tail) => {
        const source = new Uint8Array(isIpv4 ? 4 : 16).fill(1);
        const bytes = new Uint8Array((isIpv4 ? 20 : 40) + tail.length);
        bytes.set(tail, isIpv4 ? 20 : 40);
        const addresses = { source, destination: source };
        if (isIpv4)
          writeIpv4Header(bytes, {
            totalLength: bytes.length,
            identification: 0,
            ttl: 255,
            protocol,
            ...addresses,
          });
        else {
          const payloadLength = tail.length;
          const rest = { trafficClass: 0, payloadLength, nextHeader: protocol, hopLimit: 255 };
          writeIpv6Header(bytes, 0, { ...rest, ...addresses });
        }
        readPacket(bytes);
      }),
      { numRuns: 3_000 },
    );
  });

  test("every truncation of every golden frame", () => {
    for (const { frame } of goldens) {
      for (let length = 0; length <= frame.length; length++) readEverything(frame.slice(0, length));
    }
  });

  test("every single flipped bit of every golden frame", () => {
    for (const { frame } of goldens) {
      for (let bit = 0; bit < frame.length * 8; bit++) readEverything(flipped(frame, bit));
    }
  });

  test("many flipped bits", () => {
    const bits = fc.array(fc.nat(2_000), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...goldens), bits, ({ frame }, bits) => {
        readEverything(bits.reduce((bytes, bit) => flipped(bytes, bit % (frame.length * 8)), frame));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("damage is seen", () => {
  test("every golden advert is sound, no truncation of it is", () => {
    expect(adverts.length).toBeGreaterThan(30);
    for (const { name, frame } of adverts) {
      const packet = frame.slice(ETHERNET);
      expect(isSound(packet), name).toBe(true);
      for (let length = 0; length < packet.length; length++)
        expect(isSound(packet.slice(0, length)), `${name} cut to ${length}`).toBe(false);
    }
  });

  test("§7.1 every single flipped bit of the PDU fails the checksum", () => {
    for (const { name, frame } of adverts) {
      const bytes = frame.slice(ETHERNET);
      const packet = parseIpPacket(bytes);
      const offset = typeof packet === "string" ? undefined : pduOffsetOf(packet);
      if (typeof packet === "string" || offset === undefined) throw new Error(name);
      const { family } = packet;
      const { version } = parseVrrpHeader(bytes, offset);
      const length = bytes.length - offset;
      for (let bit = offset * 8; bit < bytes.length * 8; bit++) {
        const damaged = { bytes: flipped(bytes, bit), family, offset, length };
        expect(vrrpChecksum(damaged, version, false), `${name}, bit ${bit}`).not.toBe(0);
      }
    }
  });

  test("every single flipped bit of an AH packet that keepalived protects fails its check value", () => {
    const ah = adverts.filter(({ name }) => name.includes("-ah"));
    expect(ah.length).toBe(6);
    for (const { name, frame } of ah) {
      const bytes = frame.slice(ETHERNET);
      const unicast = name.endsWith("-unicast");
      // TOS, flags and fragment offset, header checksum; TTL for unicast only.
      const open = new Set(unicast ? [1, 6, 7, 8, 10, 11] : [1, 6, 7, 10, 11]);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const location = { bytes: flipped(bytes, bit), offset: 20, end: bytes.length, unicast };
        expect(verifyAhIcv(location, AH_KEY), `${name}, bit ${bit}`).toBe(open.has(bit >> 3));
      }
    }
  });

  test("every single flipped bit of a neighbour advertisement's addresses and message is seen", () => {
    const nas = goldens.filter(({ name }) => name.includes("-na"));
    expect(nas.length).toBe(5);
    for (const { name, frame } of nas) {
      expect(parseUnsolicitedNa(frame), name).toBeDefined();
      for (let bit = (ETHERNET + 8) * 8; bit < frame.length * 8; bit++)
        expect(parseUnsolicitedNa(flipped(frame, bit)), `${name}, bit ${bit}`).toBeUndefined();
    }
  });
});

describe("what is written is read back", () => {
  const bytesOfLength = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

  function addressOf(family: 4 | 6): fc.Arbitrary<IpAddress> {
    return bytesOfLength(family === 4 ? 4 : 16).map(formatIpAddress);
  }

  const auth: fc.Arbitrary<PacketAuthentication> = fc.oneof(
    fc.constant({ type: "none" as const }),
    bytesOfLength(8).map((password) => ({ type: "PASS" as const, password })),
    fc.record({ type: fc.constant("AH" as const), key: bytesOfLength(8), sequence: fc.nat(0xffffffff) }),
  );

  const packet = fc.constantFrom<[2 | 3, 4 | 6]>([2, 4], [3, 4], [3, 6]).chain(([version, family]) =>
    fc.record({
      version: fc.constant(version),
      family: fc.constant(family),
      vrid: fc.integer({ min: 1, max: 255 }),
      priority: fc.nat(255),
      advertInterval:
        version === 2
          ? fc.integer({ min: 1, max: 255 }).map(seconds)
          : fc.integer({ min: 1, max: 4095 }).map((count) => micros(count * 10_000)),
      list: fc.array(addressOf(family), { maxLength: 255 }),
      source: addressOf(family),
      destination: addressOf(family),
      ttl: fc.nat(255),
      ipId: fc.nat(0xffff),
      auth: version === 2 ? auth : fc.constant({ type: "none" as const }),
    }),
  );

  test("adverts of every kind", () => {
    fc.assert(
      fc.property(packet, ({ list, ...fields }) => {
        const { version, family } = fields;
        const size = family === 4 ? 4 : 16;
        const addresses = Uint8Array.from(list.flatMap((address) => [...addressBytes(address)]));
        const bytes = writeVrrpPacket({ ...fields, addresses, v3ChecksumAsV2: false });
        const read = parseIpPacket(bytes);
        if (typeof read === "string") throw new Error(read);
        const { source, destination, ttl: hopLimit } = fields;
        expect(read).toMatchObject({ family, source, destination, hopLimit, end: bytes.length });
        if (family === 4) expect(parseIpv4Header(bytes)?.identification).toBe(fields.ipId);
        else expect(parseIpv6Header(bytes)?.trafficClass).toBe(0xc0);
        const offset = pduOffsetOf(read);
        if (offset === undefined) throw new Error("no PDU");
        const header = parseVrrpHeader(bytes, offset);
        const { vrid, priority, advertInterval } = fields;
        expect(header).toMatchObject({ version, type: 1, vrid, priority, count: list.length });
        if (version === 2) expect(header.advertIntervalSeconds * 1_000_000).toBe(advertInterval);
        else expect(header.maxAdvertInterval * 10_000).toBe(advertInterval);
        const length = vrrpLength(version, family, list.length);
        expect(offset + length).toBe(bytes.length);
        expect(vrrpChecksum({ bytes, family, offset, length }, version, false)).toBe(0);
        expect(bytes.subarray(offset + 8, offset + 8 + list.length * size)).toEqual(addresses);
        expect(carriesAddresses(bytes, offset + 8, list.length, addresses, size)).toBe(true);
        if (fields.auth.type === "PASS") expect(bytes.subarray(-8)).toEqual(fields.auth.password);
        if (fields.auth.type === "AH") {
          const unicast = (bytes[16] ?? 0) >> 4 !== 0xe;
          expect(parseAhHeader(bytes, 20).sequence).toBe(fields.auth.sequence);
          expect(verifyAhIcv({ bytes, offset: 20, end: bytes.length, unicast }, fields.auth.key)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("gratuitous ARP", () => {
    fc.assert(
      fc.property(bytesOfLength(4), bytesOfLength(6), (address, mac) => {
        expect(parseGratuitousArp(writeGratuitousArp(address, mac))).toEqual({ address, mac });
      }),
    );
  });

  test("unsolicited NA", () => {
    fc.assert(
      fc.property(bytesOfLength(16), bytesOfLength(6), fc.boolean(), (address, mac, isRouter) => {
        const read = parseUnsolicitedNa(writeUnsolicitedNa(address, mac, isRouter));
        expect(read).toEqual({ address, mac, isRouter, isOverride: true });
      }),
    );
  });
});
