import { expect, test } from "vitest";
import { parseUnsolicitedNa, writeUnsolicitedNa } from "../../../src/wire/ndp.js";
import { bytesOf } from "../../support/hex.js";

const ADDRESS_TEXT = "fe800000000000000000000000000030";
const ETHERNET = "333300000001 020000000001 86dd";
const IPV6 = `60000000 00203aff ${ADDRESS_TEXT} ff020000000000000000000000000001`;
const NA = `8800 573d 20000000 ${ADDRESS_TEXT} 0201 020000000001`;
const FRAME = `${ETHERNET} ${IPV6} ${NA}`;
const ADDRESS = bytesOf(ADDRESS_TEXT);
const MAC = bytesOf("020000000001");

test("RFC 4861 §7.2.6 writes keepalived's frame: to all nodes, with Override", () => {
  expect(writeUnsolicitedNa(ADDRESS, MAC, false)).toEqual(bytesOf(FRAME));
});

test("RFC 4861 §4.4 a router sets the R flag, and the checksum covers it", () => {
  // The flag adds 0x8000 to the sum: 573d becomes d73c.
  expect(writeUnsolicitedNa(ADDRESS, MAC, true)).toEqual(
    bytesOf(FRAME.replace("573d 20000000", "d73c a0000000")),
  );
});

test("reads", () => {
  expect(parseUnsolicitedNa(bytesOf(FRAME))).toEqual({
    address: ADDRESS,
    mac: MAC,
    isRouter: false,
    isOverride: true,
  });
});

test("reads the flags: R set, O not", () => {
  const frame = bytesOf(FRAME.replace("573d 20000000", "f73c 80000000"));
  expect(parseUnsolicitedNa(frame)).toMatchObject({ isRouter: true, isOverride: false });
});

// Each has the checksum that fits it, so that nothing but the named difference is wrong.
test.each([
  ["cut off", FRAME.slice(0, -2)],
  ["another EtherType", FRAME.replace(" 86dd ", " 0800 ")],
  ["another IP version", FRAME.replace(" 60000000 ", " 40000000 ")],
  ["another protocol", FRAME.replace(" 00203aff ", " 002070ff ")],
  ["forwarded", FRAME.replace(" 00203aff ", " 00203afe ")],
  ["more options", FRAME.replace(" 00203aff ", " 00283aff ")],
  ["another destination", FRAME.replace("000001 8800 573d", "000002 8800 573c")],
  ["a solicitation", FRAME.replace(" 8800 573d ", " 8700 583d ")],
  ["another code", FRAME.replace(" 8800 573d ", " 8801 573c ")],
  ["another option", FRAME.replace(" 573d ", " 583d ").replace(" 0201 ", " 0101 ")],
  ["an option of another length", FRAME.replace(" 573d ", " 573c ").replace(" 0201 ", " 0202 ")],
  ["a wrong checksum", FRAME.replace(" 573d ", " 573e ")],
])("none of ours: %s", (_, hex) => {
  expect(hex).not.toBe(FRAME);
  expect(parseUnsolicitedNa(bytesOf(hex))).toBeUndefined();
});
