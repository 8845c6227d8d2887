/** A MASTER that stops in a whole LAN: somebody else takes over at once, and there are not two for longer than the LAN takes. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { type Micros, micros, milliseconds, seconds } from "../../src/base/time.js";
import type { Host } from "../../src/sim/host.js";
import { Random } from "../../src/sim/random.js";
import { simConfig } from "../../src/sim/scenario.js";
import { World } from "../../src/sim/world.js";

const SEEDS = 300;

/** Longer than 2 ms + 20 ms + 7 × 3 ms, which a BACKUP waits at most, and the LAN's delay. */
const SUCCESSOR_WITHIN = milliseconds(60);

/** How often is looked, µs. */
const LOOK = 100;

/** Three nodes with random priorities and addresses, after an election. */
function aWorld(seed: number, version: 2 | 3): { world: World; first: Host } {
  const random = new Random(seed);
  let last = random.integer(1, 200);
  const nextAddress = () => {
    last += random.integer(1, 8);
    return ipAddress(`10.0.0.${last}`);
  };
  const hosts = [0, 1, 2].map((index) => ({
    id: index + 1,
    addresses: [{ address: nextAddress(), prefixLength: 24 }],
    clockSkew: 0,
    config: simConfig({ version, priority: random.integer(1, 254), preempt: random.chance(0.5) }),
  }));
  const world = new World({ seed, hosts, record: false });
  for (const host of world.hosts) host.start();
  world.run(seconds(20));
  const [first] = world.masters("VI_1");
  if (first === undefined) throw new Error(`seed ${seed}: no MASTER`);
  return { world, first };
}

interface Outcome {
  /** From the stop to the first other MASTER, µs. */
  readonly gap: number;
  /** For how long there were two, µs; the one that leaves counts until it has let go. */
  readonly overlap: number;
}

/** Does `leave` to the MASTER and watches. */
function watch(world: World, first: Host, leave: (host: Host) => void): Outcome {
  const begun = world.now;
  let successorAt: Micros | undefined;
  let overlap = 0;
  leave(first);
  for (let t = 0; t < 200_000; t += LOOK) {
    world.run(micros(LOOK));
    const masters = world.masters("VI_1");
    if (successorAt === undefined && masters.some((host) => host !== first)) successorAt = world.now;
    if (masters.length > 1) overlap += LOOK;
  }
  return { gap: (successorAt ?? Infinity) - begun, overlap };
}

describe.each([2, 3] as const)("version %i", (version) => {
  it.each([
    ["stop", (host: Host) => host.stop()],
    [
      "drain",
      (host: Host) => host.input({ kind: "DrainsChanged", drains: [{ instance: "VI_1", reason: "" }] }),
    ],
  ] as const)(
    `%s: a successor within 60 ms, two for no longer than an advert travels (${SEEDS} seeds)`,
    (_, leave) => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { world, first } = aWorld(seed, version);
        const { gap, overlap } = watch(world, first, leave);
        expect(gap, `seed ${seed}: gap`).toBeLessThanOrEqual(SUCCESSOR_WITHIN);
        const { delay, jitter } = world.lan.conditions;
        // Two BACKUPs may begin before either has heard of the other: the way there, and the way back.
        expect(overlap, `seed ${seed}: overlap`).toBeLessThanOrEqual(2 * (delay + jitter) + LOOK);
        world.run(seconds(10));
        expect(world.masters("VI_1"), `seed ${seed}`).toHaveLength(1);
        expect(world.masters("VI_1")).not.toContain(first);
        expect(world.invariants.violations).toEqual([]);
      }
    },
  );
});
