/** Ethernet, IPv4 and IPv6 headers. */

import { describe, expect, test } from "vitest";
import { parseEthernetHeader, writeEthernetHeader } from "../../../src/wire/ethernet.js";
import { ipv4HeaderLength, parseIpv4Header, writeIpv4Header } from "../../../src/wire/ipv4.js";
import { ipv6PduChecksum, isIpv6Header, parseIpv6Header, writeIpv6Header } from "../../../src/wire/ipv6.js";
import { bytesOf } from "../../support/hex.js";

describe("Ethernet", () => {
  const bytes = bytesOf("01005e000012 020000000001 0800");

  test("writes 14 bytes and touches nothing behind them", () => {
    const frame = new Uint8Array(16).fill(0xa5);
    writeEthernetHeader(frame, bytesOf("01005e000012"), bytesOf("020000000001"), 0x0800);
    expect(frame).toEqual(bytesOf("01005e000012 020000000001 0800 a5a5"));
  });

  test("reads", () => {
    expect(parseEthernetHeader(bytes)).toEqual({
      destination: bytesOf("01005e000012"),
      source: bytesOf("020000000001"),
      etherType: 0x0800,
    });
  });

  test("13 bytes are no header", () => {
    expect(parseEthernetHeader(bytes.subarray(0, 13))).toBeUndefined();
  });
});

describe("IPv4", () => {
  const bytes = bytesOf("45c00028 00010000 ff701891 c0000201 e0000012");

  test("RFC 791 §3.1 writes 20 bytes, checksum included, and touches nothing behind them", () => {
    const packet = new Uint8Array(22).fill(0xa5);
    writeIpv4Header(packet, {
      totalLength: 40,
      identification: 1,
      ttl: 255,
      protocol: 112,
      source: bytesOf("c0000201"),
      destination: bytesOf("e0000012"),
    });
    expect(packet).toEqual(bytesOf("45c00028 00010000 ff701891 c0000201 e0000012 a5a5"));
  });

  test("reads every field", () => {
    expect(parseIpv4Header(bytesOf("46b8abcd 1234a001 40330000 c0000201 e0000012 94040000"))).toEqual({
      headerLength: 24,
      totalLength: 0xabcd,
      tos: 0xb8,
      identification: 0x1234,
      fragment: 0xa001,
      ttl: 64,
      protocol: 51,
      source: bytesOf("c0000201"),
      destination: bytesOf("e0000012"),
    });
  });

  test.each([
    ["another version", "65c00028 00010000 ff701891 c0000201 e0000012"],
    ["IHL below 5", "44c00028 00010000 ff701891 c0000201 e0000012"],
    ["options cut off", "46c00028 00010000 ff701891 c0000201 e0000012"],
    ["cut off", "45c00028 00010000 ff701891 c0000201 e00000"],
    ["empty", ""],
  ])("no header: %s", (_, hex) => {
    expect(ipv4HeaderLength(bytesOf(hex))).toBeUndefined();
    expect(parseIpv4Header(bytesOf(hex))).toBeUndefined();
  });

  test("header length", () => {
    expect(ipv4HeaderLength(bytes)).toBe(20);
  });
});

describe("IPv6", () => {
  const source = "fe800000000000000000000000000001";
  const destination = "ff020000000000000000000000000012";

  test("RFC 8200 §3 writes 40 bytes at the offset and nothing else", () => {
    const bytes = new Uint8Array(43).fill(0xa5);
    writeIpv6Header(bytes, 1, {
      trafficClass: 0xc0,
      payloadLength: 24,
      nextHeader: 112,
      hopLimit: 255,
      source: bytesOf(source),
      destination: bytesOf(destination),
    });
    expect(bytes).toEqual(bytesOf(`a5 6c000000 001870ff ${source} ${destination} a5a5`));
  });

  test("reads every field", () => {
    expect(parseIpv6Header(bytesOf(`6abcdef0 12347040 ${source} ${destination}`))).toEqual({
      trafficClass: 0xab,
      flowLabel: 0xcdef0,
      payloadLength: 0x1234,
      nextHeader: 112,
      hopLimit: 64,
      source: bytesOf(source),
      destination: bytesOf(destination),
    });
  });

  test("no header: another version, 39 bytes", () => {
    expect(isIpv6Header(bytesOf(`4c000000 001870ff ${source} ${destination}`))).toBe(false);
    const cut = bytesOf(`6c000000 001870ff ${source} ${destination}`).subarray(0, 39);
    expect(isIpv6Header(cut)).toBe(false);
    expect(parseIpv6Header(cut)).toBeUndefined();
  });

  test("RFC 8200 §8.1 pseudo-header: addresses, length, next header, then the PDU", () => {
    const addresses = new Uint8Array(32);
    addresses[1] = 0x01;
    addresses[31] = 0x02;
    const pdu = Uint8Array.of(0x10, 0x00, 0x20, 0x00);
    // 1 + 2 + length 4 + next header 112 + 0x1000 + 0x2000 = 0x3077
    expect(ipv6PduChecksum(addresses, 0, 112, pdu, 0, 4)).toBe(0xcf88);
  });
});
