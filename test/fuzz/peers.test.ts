/** Hellos from anybody: no bytes make the layer throw, grow, or believe what no key has signed. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { micros } from "../../src/base/time.js";
import { MOST_PEERS, PeerTable } from "../../src/peers/peer-table.js";
import type { Trust } from "../../src/peers/trust.js";
import { MOST_REASONS, parsePeerHello } from "../../src/wire/peer-hello.js";
import { acquaint, FIT, keysOf, PeerNode } from "../support/peers.js";

const RUNS = Number(process.env.VIGIL_FUZZ_RUNS ?? 20_000);

function pair(): [PeerNode, PeerNode] {
  const keys = keysOf("secret12");
  const [a, b] = [new PeerNode("10.0.0.11", keys), new PeerNode("10.0.0.12", keys)];
  acquaint(a, b);
  return [a, b];
}

/** Bytes that begin as a hello does, so that the reader gets somewhere. */
const nearlyHellos = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.boolean())
  .map(([rest, family6]) =>
    Uint8Array.from([0x56, 0x49, 0x47, 0x4c, 1, 1, 51, family6 ? 6 : 4, 10, 0, 0, 100, ...rest]),
  );

test("any bytes are read, and what is read is in bounds", () => {
  const [a, b] = pair();
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), nearlyHellos), (bytes) => {
      const datagram = parsePeerHello(bytes);
      expect(datagram?.hello.report?.reasons.length ?? 0).toBeLessThanOrEqual(MOST_REASONS);
      for (const text of datagram?.hello.report?.reasons ?? []) expect(text).toMatch(/^[ -~]{0,80}$/);
      expect(b.hears(bytes, a.address)?.proof).not.toBe("signed");
    }),
    { numRuns: RUNS },
  );
});

test("a signed hello with any change is none, or not believed", () => {
  const [a, b] = pair();
  const good = a.says();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.nat(good.length),
      fc.boolean(),
      (changes, length, cut) => {
        const bytes = Uint8Array.from(good);
        for (const [at, bits] of changes) bytes[at] = (bytes[at] ?? 0) ^ bits;
        const sent = cut ? bytes.subarray(0, length) : bytes;
        fc.pre(!Buffer.from(sent).equals(Buffer.from(good)));
        const heard = b.hears(sent, a.address);
        expect(heard?.proof === "signed" || heard?.fresh === true).toBe(false);
      },
    ),
    { numRuns: RUNS / 4 },
  );
  // The original is still new: nothing of the above has used up its number.
  expect(b.hears(good, a.address)).toMatchObject({ proof: "signed", fresh: true });
});

test("in any order, with repetitions and restarts, each hello is fresh once at most", () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("deliver" as const), which: fc.nat(30) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("say" as const), which: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), which: fc.nat(1) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const nodes = pair();
      const said: {
        readonly from: number;
        readonly bytes: Uint8Array;
        readonly life: number;
        fresh: number;
      }[] = [];
      const lives = [0, 0];
      for (const { kind, which } of steps) {
        const node = nodes[which as 0 | 1];
        if (kind === "say" && node !== undefined)
          said.push({
            from: which,
            bytes: node.says({ ...FIT, fit: which === 0 }),
            life: lives[which] ?? 0,
            fresh: 0,
          });
        if (kind === "restart" && node !== undefined) {
          node.restart();
          lives[which] = (lives[which] ?? 0) + 1;
          // What it has forgotten must not make a recording new: from here on no hello of before may be fresh to it.
          for (const one of said) if (one.from !== which) one.fresh = 1;
        }
        const one = said[which];
        if (kind !== "deliver" || one === undefined) continue;
        const sender = nodes[one.from as 0 | 1];
        const receiver = nodes[(1 - one.from) as 0 | 1];
        if (receiver.hears(one.bytes, sender.address)?.fresh === true) one.fresh++;
        expect(one.fresh).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: RUNS / 40 },
  );
});

test("the table of peers stays small, and whoever has the key stays in it", () => {
  const trusts: readonly Trust[] = ["hearsay", "plausible"];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(5_000), fc.nat(2), fc.boolean()), { minLength: 200, maxLength: 400 }),
      fc.nat(199),
      (heard, when) => {
        const table = new PeerTable();
        const real = ipAddress("10.0.0.12");
        let most = 0;
        heard.forEach(([sender, kind, fit], index) => {
          const at = micros(index);
          const address = ipAddress(`172.16.${sender >> 8}.${sender & 255}`);
          if (index === when)
            table.heardHello(real, { trust: "authenticated", fit: true, at, report: undefined });
          const trust = trusts[kind];
          if (trust === undefined) table.heardAdvert(address, at);
          else table.heardHello(address, { trust, fit, at, report: undefined });
          most = Math.max(most, table.all().length);
        });
        expect(most).toBeLessThanOrEqual(MOST_PEERS);
        expect(table.get(real)?.hello?.fit).toBe(true);
      },
    ),
    { numRuns: RUNS / 40 },
  );
});
