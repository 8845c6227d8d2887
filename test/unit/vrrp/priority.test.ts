import { expect, it } from "vitest";
import { effectivePriority, trackContribution } from "../../../src/vrrp/priority.js";

it.each([
  [100, [10, -20], 90],
  [100, [-253], 1],
  [200, [253], 254],
  [255, [-253], 255],
  [100, [], 100],
])("effective priority: %i with %j is %i", (base, contributions, expected) => {
  expect(effectivePriority(base, contributions)).toBe(expected);
});

it.each([
  [10, false, true, 10],
  [10, false, false, 0],
  [-10, false, true, 0],
  [-10, false, false, -10],
  [10, true, true, -10],
  [10, true, false, 0],
  [-10, true, true, 0],
  [-10, true, false, 10],
  [10, false, undefined, 0],
] as const)("weight %i reverse %s while ok is %s contributes %i", (weight, reverse, ok, expected) => {
  expect(trackContribution(weight, reverse, ok)).toBe(expected);
});
