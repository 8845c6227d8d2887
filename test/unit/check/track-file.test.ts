import { describe, expect, it } from "vitest";
import { trackFileEffect, trackFileNumber } from "../../../src/check/track-file.js";

describe("the number in a track_file", () => {
  it.each([
    ["10\n", 10],
    ["  -7 dB", -7],
    ["+3", 3],
    ["0x1F", 31],
    ["010", 8],
    ["09", 0],
    ["0", 0],
    ["", 0],
    ["\n\t 12", 12],
    ["ten", 0],
    ["0xg", 0],
    ["2147483648", 2147483648],
    ["-2147483648", -2147483648],
    ["2147483649", undefined],
    ["99999999999999999999", undefined],
  ])("%j is %s", (text, number) => {
    expect(trackFileNumber(text)).toBe(number);
  });
});

describe("its effect", () => {
  it.each([
    // number, weight, reverse, effect
    [10, 1, false, 10],
    [10, 2, false, 20],
    [10, 2, true, -20],
    [0, -5, true, 0],
    [-253, 1, false, -253],
    [-254, 1, false, "FAULT"],
    [127, 2, true, "FAULT"],
    [1_000, 1, false, 253],
    [0, 0, false, 0],
    [1, 0, false, "FAULT"],
    [-1, 0, false, "FAULT"],
    [0, 0, true, "FAULT"],
    [5, 0, true, 0],
  ] as const)("%i with weight %i, reverse %s: %s", (number, weight, reverse, expected) => {
    const effect = trackFileEffect(number, weight, reverse);
    expect(effect.fault ? "FAULT" : effect.priority).toBe(expected);
  });
});
