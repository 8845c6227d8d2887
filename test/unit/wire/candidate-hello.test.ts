import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { encodeCandidateHello, parseCandidateHello } from "../../../src/wire/candidate-hello.js";

describe("hello of a candidate", () => {
  it("has its bytes", () => {
    const hello = { family: 4, vrid: 51, address: ipAddress("10.0.0.100"), fit: true, asks: true } as const;
    const bytes = Buffer.from(encodeCandidateHello(hello)).toString("hex");
    expect(bytes).toBe("5649474c010333040a000064");
  });

  it.each([
    { family: 4, vrid: 1, address: ipAddress("10.0.0.1"), fit: false, asks: false },
    { family: 6, vrid: 255, address: ipAddress("fe80::1"), fit: true, asks: false },
  ] as const)("is read as it was written: %j", (hello) => {
    expect(parseCandidateHello(encodeCandidateHello(hello))).toEqual(hello);
  });

  it.each([
    "",
    "5649474c",
    "5649474d010333040a000064",
    "5649474c020333040a000064",
    "5649474c010300040a000064",
    "5649474c010333050a000064",
    "5649474c010333040a0000",
  ])("%j is none", (hex) => {
    expect(parseCandidateHello(Buffer.from(hex, "hex"))).toBeUndefined();
  });
});
