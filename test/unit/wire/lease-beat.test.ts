import { expect, it } from "vitest";
import { leaseBeat } from "../../../src/wire/lease-beat.js";

it("a beat is addressed to its sender, and names family and VRID", () => {
  const frame = leaseBeat(Uint8Array.of(2, 0, 0, 0, 0, 1), 6, 255);
  expect(Buffer.from(frame).toString("hex")).toBe("02000000000102000000000188b55667696c06ff");
});
