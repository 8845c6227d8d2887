import { describe, expect, test } from "vitest";
import { isVrrpAhHeader, parseAhHeader, verifyAhIcv, writeAhHeader } from "../../../src/wire/ah.js";
import { bytesOf } from "../../support/hex.js";

/** "s3cretAH" */
const KEY = bytesOf("7333637265744148");

/** As keepalived 2.2.7 sent them. */
const MULTICAST_IP = "45c00048 00010000 ff3318ae c0000201 e0000012";
const MULTICAST_AH = "70040000 c0000201 00000001 5eee9da72fc9f2460c7be9ee";
const MULTICAST_PDU = "210cca03 0201ea94 c000020c c633640c cb00710c 0000000000000000";
const UNICAST_IP = "45c00040 00010000 ff3336c6 c0000201 c0000202";
const UNICAST_AH = "70040000 c0000201 00000001 99ca6b8f11fb6a6b2cd71b8d";
const UNICAST_PDU = "210dcb01 02014fe2 c000020d 0000000000000000";

describe.each([
  ["multicast", MULTICAST_IP, MULTICAST_AH, MULTICAST_PDU],
  ["unicast", UNICAST_IP, UNICAST_AH, UNICAST_PDU],
] as const)("%s", (cast, ip, ah, pdu) => {
  const packet = bytesOf(ip + ah + pdu);
  const unicast = cast === "unicast";
  const locate = (bytes: Uint8Array) => ({ bytes, offset: 20, end: packet.length, unicast });

  test("writes SPI, sequence and check value between IP header and PDU", () => {
    const bytes = bytesOf(`${ip} ${"a5".repeat(24)} ${pdu} a5a5`);
    writeAhHeader(locate(bytes), KEY, 1);
    expect(bytes).toEqual(bytesOf(`${ip} ${ah} ${pdu} a5a5`));
  });

  test("verifies, whatever lies behind the packet", () => {
    expect(verifyAhIcv(locate(packet), KEY)).toBe(true);
    expect(verifyAhIcv(locate(bytesOf(`${ip} ${ah} ${pdu} ffff`)), KEY)).toBe(true);
  });

  test.each([
    ["TOS", 1, true],
    ["flags and fragment offset", 6, true],
    ["header checksum", 10, true],
    ["TTL", 8, unicast],
    ["identification", 5, false],
    ["source", 15, false],
    ["sequence", 31, false],
    ["check value, its first byte", 32, false],
    ["check value, its last byte", 43, false],
    ["PDU", 46, false],
  ])("RFC 2402 §3.3.3.1.1.1 a changed %s", (_, at, valid) => {
    const bytes = packet.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    expect(verifyAhIcv(locate(bytes), KEY)).toBe(valid);
  });

  test("another key", () => {
    expect(verifyAhIcv(locate(packet), bytesOf("7333637265744149"))).toBe(false);
  });

  test("a packet cut off before its check value", () => {
    const bytes = packet.slice(0, 30);
    expect(verifyAhIcv({ bytes, offset: 20, end: 30, unicast }, KEY)).toBe(false);
  });

  test("reads", () => {
    expect(parseAhHeader(packet, 20)).toEqual({
      nextHeader: 112,
      payloadLength: 4,
      spi: 0xc0000201,
      sequence: 1,
    });
  });
});

test("the sequence number has all 32 bits", () => {
  const bytes = bytesOf(`${UNICAST_IP} ${UNICAST_AH} ${UNICAST_PDU}`);
  writeAhHeader({ bytes, offset: 20, end: bytes.length, unicast: true }, KEY, 0xfffffffd);
  expect(bytes.subarray(28, 32)).toEqual(bytesOf("fffffffd"));
  expect(parseAhHeader(bytes, 20).sequence).toBe(0xfffffffd);
});

test("only VRRP behind a 96-bit check value will do", () => {
  const header = { nextHeader: 112, payloadLength: 4, spi: 0, sequence: 0 };
  expect(isVrrpAhHeader(header)).toBe(true);
  expect(isVrrpAhHeader({ ...header, nextHeader: 6 })).toBe(false);
  expect(isVrrpAhHeader({ ...header, payloadLength: 5 })).toBe(false);
});
