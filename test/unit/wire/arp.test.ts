import { expect, test } from "vitest";
import { parseGratuitousArp, writeGratuitousArp } from "../../../src/wire/arp.js";
import { bytesOf } from "../../support/hex.js";

const FRAME =
  "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c0000214 ffffffffffff c0000214";
const ADDRESS = bytesOf("c0000214");
const MAC = bytesOf("020000000001");

test("writes keepalived's frame: a broadcast request from and for the address", () => {
  expect(writeGratuitousArp(ADDRESS, MAC)).toEqual(bytesOf(FRAME));
});

test("reads it, padded to 60 bytes or not", () => {
  expect(parseGratuitousArp(bytesOf(FRAME))).toEqual({ address: ADDRESS, mac: MAC });
  expect(parseGratuitousArp(bytesOf(FRAME + "00".repeat(18)))).toEqual({ address: ADDRESS, mac: MAC });
});

test("RFC 5227 §3 a target hardware address of zeros is as good", () => {
  const zeros = FRAME.replace("ffffffffffff c0000214", "000000000000 c0000214");
  expect(parseGratuitousArp(bytesOf(zeros))).toEqual({ address: ADDRESS, mac: MAC });
});

test.each([
  ["cut off", FRAME.slice(0, -2)],
  ["another EtherType", FRAME.replace(" 0806 ", " 0800 ")],
  ["another hardware type", FRAME.replace(" 0001 0800 ", " 0006 0800 ")],
  ["another protocol type", FRAME.replace(" 0001 0800 ", " 0001 86dd ")],
  ["another hardware length", FRAME.replace(" 06 04 ", " 08 04 ")],
  ["another protocol length", FRAME.replace(" 06 04 ", " 06 10 ")],
  ["a reply", FRAME.replace(" 04 0001 ", " 04 0002 ")],
  ["a question for another address", FRAME.replace(/c0000214$/, "c0000215")],
])("not gratuitous: %s", (_, hex) => {
  expect(hex).not.toBe(FRAME);
  expect(parseGratuitousArp(bytesOf(hex))).toBeUndefined();
});
