import { describe, expect, test } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { milliseconds, seconds } from "../../../src/base/time.js";
import {
  parseIpPacket,
  pduOffsetOf,
  type VrrpPacketFields,
  vridOf,
  writeVrrpPacket,
} from "../../../src/wire/packet.js";
import { bytesOf } from "../../support/hex.js";

const V2 = "45c00028 00010000 ff701891 c0000201 e0000012 210ac801 000154e8 c000020a 0000000000000000";
const AH =
  "45c00048 00010000 ff3318ae c0000201 e0000012 70040000 c0000201 00000001 5eee9da72fc9f2460c7be9ee" +
  "210cca03 0201ea94 c000020c c633640c cb00710c 0000000000000000";
const IPV6 =
  "6c000000 002870ff fe80000000000000000000fffe000001 ff020000000000000000000000000012" +
  "311efb02 0019a9fc fe800000000000000000000000000030 20010db8000000000000000000000030";

const FIELDS: VrrpPacketFields = {
  family: 4,
  version: 2,
  vrid: 10,
  priority: 200,
  advertInterval: seconds(1),
  addresses: bytesOf("c000020a"),
  source: ipAddress("192.0.2.1"),
  destination: ipAddress("224.0.0.18"),
  ttl: 255,
  ipId: 1,
  auth: { type: "none" },
  v3ChecksumAsV2: false,
};

describe("writing", () => {
  test("VRRPv2", () => {
    expect(writeVrrpPacket(FIELDS)).toEqual(bytesOf(V2));
  });

  test("VRRPv2 behind AH", () => {
    const packet = writeVrrpPacket({
      ...FIELDS,
      vrid: 12,
      priority: 202,
      addresses: bytesOf("c000020c c633640c cb00710c"),
      auth: { type: "AH", key: bytesOf("7333637265744148"), sequence: 1 },
    });
    expect(packet).toEqual(bytesOf(AH));
  });

  test("VRRPv3 over IPv6", () => {
    const packet = writeVrrpPacket({
      ...FIELDS,
      family: 6,
      version: 3,
      vrid: 30,
      priority: 251,
      advertInterval: milliseconds(250),
      addresses: bytesOf("fe800000000000000000000000000030 20010db8000000000000000000000030"),
      source: ipAddress("fe80::ff:fe00:1"),
      destination: ipAddress("ff02::12"),
    });
    expect(packet).toEqual(bytesOf(IPV6));
  });

  test("VRRPv3 with v3_checksum_as_v2", () => {
    const packet = writeVrrpPacket({
      ...FIELDS,
      version: 3,
      vrid: 20,
      priority: 255,
      advertInterval: milliseconds(250),
      addresses: bytesOf("c0000214 c6336414"),
      v3ChecksumAsV2: true,
    });
    expect(packet.subarray(20)).toEqual(bytesOf("3114ff02 0019e372 c0000214 c6336414"));
  });

  test("VRRPv2 says whole seconds, VRRPv3 whole centiseconds, both rounded down", () => {
    const interval = milliseconds(2_599);
    const v2 = writeVrrpPacket({ ...FIELDS, advertInterval: interval });
    expect(v2[25]).toBe(2);
    const v3 = writeVrrpPacket({ ...FIELDS, version: 3, advertInterval: interval });
    expect([v3[24], v3[25]]).toEqual([0x01, 0x03]);
  });

  test("no address at all", () => {
    const packet = writeVrrpPacket({ ...FIELDS, addresses: new Uint8Array(0) });
    expect(packet.length).toBe(36);
    expect(packet[23]).toBe(0);
  });
});

describe("measuring", () => {
  test("IPv4", () => {
    const bytes = bytesOf(V2);
    expect(parseIpPacket(bytes)).toEqual({
      bytes,
      family: 4,
      source: "192.0.2.1",
      destination: "224.0.0.18",
      hopLimit: 255,
      protocol: 112,
      payloadOffset: 20,
      end: 40,
    });
  });

  test("IPv4 with Ethernet padding: the padding lies behind the end", () => {
    expect(parseIpPacket(bytesOf(`${V2} 000000000000`))).toMatchObject({ payloadOffset: 20, end: 40 });
  });

  test("IPv4 with options", () => {
    const bytes = bytesOf("4600001c 00000000 01700000 c0000201 e0000012 94040000 00000000");
    expect(parseIpPacket(bytes)).toMatchObject({ payloadOffset: 24, end: 28, hopLimit: 1 });
  });

  test("IPv6", () => {
    const bytes = bytesOf(IPV6);
    expect(parseIpPacket(bytes)).toEqual({
      bytes,
      family: 6,
      source: "fe80::ff:fe00:1",
      destination: "ff02::12",
      hopLimit: 255,
      protocol: 112,
      payloadOffset: 40,
      end: 80,
    });
  });

  test.each([
    ["nothing", "", "ipHeader"],
    ["cut off in the IPv4 header", V2.slice(0, 40), "ipHeader"],
    ["cut off in the IPv6 header", IPV6.slice(0, 71), "ipHeader"],
    ["IP version 5", V2.replace("45c0", "55c0"), "ipHeader"],
    ["cut off behind the IPv4 header", V2.slice(0, -2), "ipLength"],
    ["total length beyond what arrived", V2.replace("45c00028", "45c00029"), "ipLength"],
    ["total length within the header", V2.replace("45c00028", "45c00013"), "ipLength"],
    ["cut off behind the IPv6 header", IPV6.slice(0, -2), "ipLength"],
    ["payload length beyond what arrived", IPV6.replace("002870ff", "002970ff"), "ipLength"],
  ])("%s", (_, hex, reason) => {
    expect(parseIpPacket(bytesOf(hex))).toBe(reason);
  });
});

describe("finding the PDU and its VRID", () => {
  const find = (hex: string) => {
    const packet = parseIpPacket(bytesOf(hex));
    if (typeof packet === "string") throw new Error(packet);
    return [pduOffsetOf(packet), vridOf(packet)];
  };

  test("behind IPv4, AH, IPv6", () => {
    expect(find(V2)).toEqual([20, 10]);
    expect(find(AH)).toEqual([44, 12]);
    expect(find(IPV6)).toEqual([40, 30]);
  });

  test("none in another protocol", () => {
    expect(find(V2.replace("ff70", "ff06"))).toEqual([undefined, undefined]);
  });

  test("none where fewer than 8 bytes are left, padding or not", () => {
    const short = "45c0001b 00010000 ff70189e c0000201 e0000012 210ac801 000154";
    expect(find(short)).toEqual([undefined, undefined]);
    expect(find(`${short} e8c000020a`)).toEqual([undefined, undefined]);
    expect(find(`${short} e8`.replace("45c0001b", "45c0001c"))).toEqual([20, 10]);
  });

  test("none where AH leaves no room", () => {
    const cut = AH.replace("45c00048", "45c00033");
    expect(find(cut)).toEqual([undefined, undefined]);
  });
});
