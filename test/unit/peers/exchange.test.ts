import { describe, expect, it } from "vitest";
import { ipAddress } from "../../../src/base/ip-address.js";
import { micros, seconds } from "../../../src/base/time.js";
import { Quota } from "../../../src/peers/quota.js";
import { helloKeysOf } from "../../../src/peers/secret.js";
import { type HeardHello, trustOf } from "../../../src/peers/trust.js";
import { acquaint, FIT, keysOf, PeerNode } from "../../support/peers.js";

const NEIGHBOUR = { onLink: true, listed: false };

type Keys = ReturnType<typeof keysOf>;

function pair(...keys: [] | [Keys, Keys]): [PeerNode, PeerNode] {
  const [keysA, keysB] = keys.length === 0 ? [keysOf("secret12"), keysOf("secret12")] : keys;
  return [new PeerNode("10.0.0.11", keysA), new PeerNode("10.0.0.12", keysB)];
}

describe("two nodes with one key", () => {
  it("believe each other after one hello each way, and go on to", () => {
    const [a, b] = pair();
    expect(b.hears(a.says(), a.address)).toMatchObject({ proof: "signed", fresh: false, wantsAnswer: true });
    expect(a.hears(b.says(), b.address)).toMatchObject({ proof: "signed", fresh: true, wantsAnswer: true });
    expect(b.hears(a.says(), a.address)).toMatchObject({ fresh: true });
    for (let i = 0; i < 5; i++)
      expect(b.hears(a.says(), a.address)).toMatchObject({ fresh: true, wantsAnswer: false });
  });

  it("take nothing twice, nothing old, and nothing from another address than it was signed for", () => {
    const [a, b] = pair();
    acquaint(a, b);
    const [first, second] = [a.says(), a.says()];
    expect(b.hears(second, a.address)).toMatchObject({ fresh: true });
    expect(b.hears(second, a.address)).toBeUndefined();
    expect(b.hears(first, a.address)).toBeUndefined();
    expect(b.hears(a.says(), ipAddress("10.0.0.13"))).toBeUndefined();
  });

  it("a recording is no news to a node that has started again", () => {
    const [a, b] = pair();
    acquaint(a, b);
    const recording = Array.from({ length: 50 }, () => a.says());
    b.restart();
    for (const bytes of recording) expect(b.hears(bytes, a.address)?.fresh ?? false).toBe(false);
    acquaint(a, b);
    expect(b.hears(a.says(), a.address)).toMatchObject({ fresh: true });
  });

  it("nor is one of an earlier boot of the sender", () => {
    const [a, b] = pair();
    acquaint(a, b);
    const recording = Array.from({ length: 50 }, () => a.says());
    a.restart();
    acquaint(a, b);
    for (const bytes of recording) expect(b.hears(bytes, a.address)?.fresh ?? false).toBe(false);
    expect(b.hears(a.says(), a.address)).toMatchObject({ fresh: true });
  });

  it("do not hear themselves", () => {
    const [a] = pair();
    expect(a.hears(a.says(), a.address)).toBeUndefined();
  });
});

it.each([
  ["wrong", keysOf("secret12"), keysOf("other123")],
  ["missing", undefined, keysOf("other123")],
  ["unsigned", keysOf("secret12"), undefined],
] as const)("a hello whose signature is %s", (proof, from, to) => {
  const [a, b] = pair(from, to);
  acquaint(a, b);
  expect(b.hears(a.says(), a.address)).toMatchObject({ proof });
});

it("keys: each kind of secret has its own, and VRRP's digest is not made with it", () => {
  const hex = "00".repeat(32);
  const none = { authentication: { type: "none" }, authHmac: undefined } as const;
  const hmac = { ...none, authHmac: { keys: [{ id: 3, hex }], activeKey: 3 } };
  const kinds = [keysOf("password"), helloKeysOf(none, "password"), helloKeysOf(hmac, undefined)];
  const pass = helloKeysOf({ ...none, authentication: { type: "PASS", password: "password" } }, undefined);
  const texts = [...kinds, pass].map((keys) => Buffer.from(keys?.signing.bytes ?? []).toString("hex"));
  expect(new Set(texts).size).toBe(4);
  expect(texts).not.toContain(hex);
  expect(helloKeysOf(none, undefined)).toBeUndefined();
  // VRRP looks at 8 bytes of auth_pass: nodes that agree there agree here.
  expect(keysOf("password and more")).toEqual(keysOf("password"));
});

describe("trust", () => {
  const heard: HeardHello = {
    hello: FIT,
    instance: "VI_1",
    from: ipAddress("10.0.0.11"),
    interface: "eth0",
    hopLimit: 255,
    proof: "signed",
    fresh: true,
    wantsAnswer: false,
  };
  it.each([
    ["authenticated", {}, NEIGHBOUR],
    ["authenticated", { hopLimit: 60 }, { onLink: false, listed: true }],
    ["hearsay", { hopLimit: 254 }, NEIGHBOUR],
    ["hearsay", {}, { onLink: false, listed: false }],
    ["hearsay", { fresh: false }, NEIGHBOUR],
    ["plausible", { proof: "unsigned" }, NEIGHBOUR],
    ["plausible", { proof: "unsigned" }, { onLink: false, listed: true }],
    ["hearsay", { proof: "unsigned", hopLimit: 64 }, { onLink: false, listed: true }],
    ["hearsay", { proof: "missing" }, NEIGHBOUR],
    ["hearsay", { proof: "wrong" }, NEIGHBOUR],
    ["hearsay", { proof: "old" }, NEIGHBOUR],
  ] as const)("%s: %j %j", (trust, overrides, place) => {
    expect(trustOf({ ...heard, ...overrides }, place)).toBe(trust);
  });
});

it("a flood leaves a sample, and costs no more", () => {
  const [a, b] = pair(keysOf("secret12"), keysOf("other123"));
  const bytes = a.says();
  let heard = 0;
  for (let i = 0; i < 100_000; i++) {
    const received = { bytes, from: ipAddress(`10.0.${i % 200}.1`), hopLimit: 255, interface: "eth0" };
    heard += b.exchange.incoming(received, micros(i * 10)).length;
  }
  expect(heard).toBeLessThanOrEqual(101);
  expect(b.exchange.counters.wrongKey).toBeLessThanOrEqual(2_000);
  const quota = new Quota(10);
  const passed = Array.from({ length: 100 }, (_, i) => quota.take(micros(i * 1_000))).filter(Boolean);
  expect(passed).toHaveLength(10);
  expect(quota.take(seconds(1))).toBe(true);
});
