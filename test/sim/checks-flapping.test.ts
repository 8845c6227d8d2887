/** Flap damping among simulated nodes: what moves the addresses, and what does not. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { type Micros, milliseconds, seconds } from "../../src/base/time.js";
import type { CheckResult, EngineConfig } from "../../src/engine/platform.js";
import type { Host } from "../../src/sim/host.js";
import { Random } from "../../src/sim/random.js";
import { simConfig } from "../../src/sim/scenario.js";
import { World } from "../../src/sim/world.js";
import { aCheck } from "../support/checks.js";

const REFUSED: CheckResult = { ok: false, failure: "refused", text: "connection refused" };

function configuration(priority: number, weight: number, preempt: boolean): EngineConfig {
  const check = aCheck({ interval: milliseconds(100), timeout: milliseconds(100), weight });
  const tracks = [{ name: "api", weight, reverse: false }];
  return { ...simConfig({ version: 2, priority, preempt, trackChecks: tracks }), checks: [check] };
}

/** Three nodes, one of them MASTER for a while. */
function aWorld(seed: number, { weight = 0, preempt = true } = {}): { world: World; first: Host } {
  const hosts = [100, 110, 120].map((priority, index) => ({
    id: index + 1,
    addresses: [{ address: ipAddress(`10.0.0.${index + 1}`), prefixLength: 24 }],
    clockSkew: 0,
    config: configuration(priority, weight, preempt),
  }));
  const world = new World({ seed, hosts, record: false });
  for (const host of world.hosts) host.start();
  world.run(seconds(20));
  return { world, first: holder(world) };
}

function holder(world: World): Host {
  const holders = world.masters("VI_1");
  const [host] = holders;
  if (holders.length !== 1 || host === undefined) throw new Error(`${holders.length} masters`);
  return host;
}

const fail = (host: Host) => host.checkResults.set("api", REFUSED);
const mend = (host: Host) => host.checkResults.delete("api");

/** Lets the service of a host come and go at random, half of the time gone. */
function flap(world: World, host: Host, random: Random, until: Micros): void {
  const turn = () => {
    if (world.now >= until) {
      mend(host);
      return;
    }
    if (random.chance(0.5)) fail(host);
    else mend(host);
    world.at((world.now + random.integer(200_000, 2_000_000)) as Micros, turn);
  };
  turn();
}

/** Times that a host became MASTER from now on. */
function movesDuring(world: World, run: () => void): number {
  const becameMaster = () =>
    world.hosts
      .flatMap((host) => host.events)
      .filter(({ event }) => event.kind === "StateChanged" && event.to === "MASTER").length;
  const before = becameMaster();
  run();
  return becameMaster() - before;
}

const SEEDS = Array.from({ length: 4 }, (_unused, index) => index + 1);

describe.each([
  ["weight 0, preempt", { weight: 0, preempt: true }],
  ["weight 0, nopreempt", { weight: 0, preempt: false }],
  ["weight -50, preempt", { weight: -50, preempt: true }],
])("%s", (_name, options) => {
  it.each(SEEDS)("all services flapping for 10 minutes: at most one move (seed %i)", (seed) => {
    const { world } = aWorld(seed, options);
    const random = new Random(seed + 1_000);
    const moves = movesDuring(world, () => {
      const end = (world.now + seconds(600)) as Micros;
      for (const host of world.hosts) flap(world, host, random, end);
      world.run(seconds(600));
    });
    expect(moves).toBeLessThanOrEqual(1);
    expect(world.masters("VI_1")).toHaveLength(1);
    expect(world.invariants.violations).toEqual([]);
  });

  it("nobody is better: nothing moves, and when somebody is, the addresses go there", () => {
    const { world, first } = aWorld(1, options);
    const others = world.hosts.filter((host) => host !== first);
    for (const host of others) fail(host);
    world.run(seconds(5));
    const random = new Random(7);
    expect(
      movesDuring(world, () => {
        flap(world, first, random, (world.now + seconds(600)) as Micros);
        world.run(seconds(603));
      }),
    ).toBe(0);
    fail(first);
    world.run(seconds(10));
    expect(holder(world)).toBe(first);
    for (const host of others) mend(host);
    world.run(seconds(30));
    expect(holder(world)).not.toBe(first);
  });

  it("all fail at once: nothing moves", () => {
    const { world, first } = aWorld(1, options);
    const moves = movesDuring(world, () => {
      for (const host of world.hosts) fail(host);
      world.run(seconds(60));
    });
    expect(moves).toBe(0);
    expect(holder(world)).toBe(first);
  });
});

describe("a proof", () => {
  it("moves the addresses to one that is well, within the protocol's skew", () => {
    const { world, first } = aWorld(1);
    fail(first);
    world.run(milliseconds(1_000));
    expect(holder(world)).not.toBe(first);
  });

  it("is not taken back before the check was well for a while", () => {
    const { world, first } = aWorld(1);
    fail(first);
    world.run(seconds(2));
    mend(first);
    world.run(seconds(3));
    expect(holder(world)).not.toBe(first);
    world.run(seconds(10));
    expect(holder(world)).toBe(first);
  });

  it("finds nobody when all others died a moment ago: the addresses stay", () => {
    const { world, first } = aWorld(1);
    for (const host of world.hosts) if (host !== first) host.crash();
    world.run(milliseconds(500));
    fail(first);
    world.run(seconds(30));
    expect(holder(world)).toBe(first);
  });

  it("one that nobody answers hello to is judged as keepalived does: it goes", () => {
    const { world, first } = aWorld(1);
    for (const host of world.hosts) if (host !== first) host.crash();
    world.run(seconds(700));
    fail(first);
    world.run(seconds(2));
    expect(world.masters("VI_1")).toEqual([]);
  });
});
