import { describe, expect, it } from "vitest";
import { type IpAddress, ipAddress } from "../../../src/base/ip-address.js";
import { type Micros, micros, seconds } from "../../../src/base/time.js";
import { MOST_PEERS, PeerTable } from "../../../src/peers/peer-table.js";
import type { Trust } from "../../../src/peers/trust.js";

const REAL = ipAddress("10.0.0.12");
const hello = (trust: Trust, fit: boolean, at: Micros) => ({ trust, fit, at, report: undefined });
const invented = (i: number): IpAddress => ipAddress(`172.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);

describe("the table of peers", () => {
  it.each<[Trust, Trust]>([
    ["authenticated", "hearsay"],
    ["authenticated", "plausible"],
    ["plausible", "hearsay"],
  ])("%s: a flood of %s takes nobody's place, before or after", (trust, flood) => {
    for (const first of [true, false]) {
      const table = new PeerTable();
      if (first) table.heardHello(REAL, hello(trust, false, micros(1)));
      for (let i = 1; i < 1_000; i++) table.heardHello(invented(i), hello(flood, true, micros(i + 1)));
      if (!first) expect(table.heardHello(REAL, hello(trust, false, micros(2_000)))).toBe(true);
      expect(table.get(REAL)?.hello?.trust).toBe(trust);
      expect(table.all().length).toBeLessThanOrEqual(MOST_PEERS);
    }
  });

  it("a sender of accepted adverts keeps its place against hearsay and neighbours", () => {
    const table = new PeerTable();
    table.heardAdvert(REAL, micros(1));
    for (let i = 1; i < 1_000; i++) table.heardHello(invented(i), hello("plausible", true, micros(i + 1)));
    expect(table.get(REAL)?.advertAt).toBe(1);
  });

  it("one that says it is fit outlives invented ones that say they are not", () => {
    const table = new PeerTable();
    table.heardHello(REAL, hello("plausible", true, micros(1)));
    for (let i = 1; i < 1_000; i++) table.heardHello(invented(i), hello("plausible", false, micros(i + 1)));
    expect(table.get(REAL)).toBeDefined();
  });

  it("hearsay does not replace what a peer has proved, for ten minutes", () => {
    const table = new PeerTable();
    table.heardHello(REAL, hello("authenticated", true, micros(1)));
    expect(table.heardHello(REAL, hello("hearsay", false, seconds(599)))).toBe(false);
    expect(table.get(REAL)?.hello?.fit).toBe(true);
    expect(table.heardHello(REAL, hello("hearsay", false, seconds(601)))).toBe(true);
    expect(table.get(REAL)?.hello?.fit).toBe(false);
  });

  it("after ten minutes of silence a place is anybody's", () => {
    const table = new PeerTable();
    for (let i = 1; i <= MOST_PEERS; i++)
      table.heardHello(invented(i), hello("authenticated", true, micros(i)));
    expect(table.heardHello(REAL, hello("hearsay", false, seconds(10)))).toBe(false);
    expect(table.heardHello(REAL, hello("hearsay", false, seconds(700)))).toBe(true);
  });
});
