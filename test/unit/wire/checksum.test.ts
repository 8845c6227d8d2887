import { expect, test } from "vitest";
import { foldChecksum, sumWords } from "../../../src/wire/checksum.js";

test("RFC 1071 §3: the example's sum ddf2 gives 220d", () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  expect(sumWords(bytes, 0, 8, 0)).toBe(0x2ddf0);
  expect(foldChecksum(0x2ddf0)).toBe(0x220d);
});

test("several ranges add up to one sum", () => {
  const bytes = Uint8Array.of(0xff, 0x00, 0x01, 0xf2, 0x03, 0xff, 0xf4, 0xf5, 0xf6, 0xf7);
  expect(sumWords(bytes, 6, 4, sumWords(bytes, 1, 4, 0))).toBe(0x2ddf0);
});

test("RFC 1071 §1: an odd last byte is the high half of a word", () => {
  expect(sumWords(Uint8Array.of(0x12, 0x34, 0x56, 0x78), 0, 3, 0)).toBe(0x1234 + 0x5600);
});

test("the carry of a carry is added too, and sums beyond 32 bits are whole", () => {
  expect(foldChecksum(0x1ffff)).toBe(0xfffe);
  expect(foldChecksum(0x1_0000_0000)).toBe(0xfffe);
});

test("over data with a right checksum the result is 0", () => {
  expect(foldChecksum(0xffff)).toBe(0);
  expect(foldChecksum(sumWords(Uint8Array.of(0x12, 0x34, 0xed, 0xcb), 0, 4, 0))).toBe(0);
});
