import { expect, test } from "vitest";
import { equalBytes, readU16, readU32, writeU16, writeU32 } from "../../../src/wire/bytes.js";

test("numbers are in network order, and writing touches nothing else", () => {
  const bytes = new Uint8Array(10).fill(0xa5);
  writeU16(bytes, 1, 0x1234);
  writeU32(bytes, 4, 0xfedcba98);
  expect([...bytes]).toEqual([0xa5, 0x12, 0x34, 0xa5, 0xfe, 0xdc, 0xba, 0x98, 0xa5, 0xa5]);
  expect(readU16(bytes, 1)).toBe(0x1234);
  expect(readU32(bytes, 4)).toBe(4275878552);
});

test("16 bits: the high bits of a larger value are cut off", () => {
  const bytes = new Uint8Array(2);
  writeU16(bytes, 0, 0x5_4321);
  expect([...bytes]).toEqual([0x43, 0x21]);
});

test("reading past the end gives zeros", () => {
  const bytes = Uint8Array.of(0xff);
  expect(readU16(bytes, 0)).toBe(0xff00);
  expect(readU32(bytes, 7)).toBe(0);
});

test("equal ranges; one different byte; a range past the end", () => {
  const a = Uint8Array.of(9, 1, 2, 3);
  const b = Uint8Array.of(1, 2, 3, 0);
  expect(equalBytes(a, 1, b, 0, 3)).toBe(true);
  expect(equalBytes(a, 0, b, 0, 3)).toBe(false);
  expect(equalBytes(a, 1, b, 0, 4)).toBe(false);
  expect(equalBytes(b, 4, a, 4, 1)).toBe(false);
  expect(equalBytes(a, 0, b, 3, 0)).toBe(true);
});
