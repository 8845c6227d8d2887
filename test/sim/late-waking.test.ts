/** Processes that stand still, in the simulator: what queued up meanwhile comes at once when they go on. */

import { describe, expect, it } from "vitest";
import { ipAddress } from "../../src/base/ip-address.js";
import { micros, milliseconds, seconds } from "../../src/base/time.js";
import { simConfig } from "../../src/sim/scenario.js";
import { World } from "../../src/sim/world.js";

const VIP = ipAddress("10.0.0.100");

/** Host 1 with the higher priority is MASTER, host 2 BACKUP. */
function pair(seed: number, overrides: Parameters<typeof simConfig>[0]): World {
  const hosts = [200, 100].map((priority, index) => ({
    id: index + 1,
    addresses: [{ address: ipAddress(`10.0.0.${index + 1}`), prefixLength: 24 }],
    clockSkew: 0,
    config: simConfig({ priority, ...overrides }),
  }));
  const world = new World({ seed, hosts, record: false });
  world.hosts[0]?.start();
  world.run(seconds(10));
  world.hosts[1]?.start();
  world.run(seconds(10));
  return world;
}

const mastersOf = (world: World) => world.masters("VI_1").map(({ id }) => id);
const statesOf = (world: World, id: number) =>
  (world.hosts.find((host) => host.id === id)?.events ?? []).flatMap(({ event }) =>
    event.kind === "StateChanged" ? [`${event.to} ${event.cause.kind}`] : [],
  );

describe.each([
  ["its kernel queues packets", false],
  ["its kernel stands still too", true],
])("a MASTER that stands still while %s", (_name, losesPackets) => {
  for (const interval of [milliseconds(10), milliseconds(100), seconds(1)]) {
    it(`lets go before it answers, and nopreempt holds (advert_int ${interval / 1e6} s)`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const world = pair(seed, { version: 3, advertInterval: interval, preempt: false });
        expect(mastersOf(world)).toEqual([1]);
        world.hosts[0]?.pause(losesPackets);
        world.run(micros(9 * interval + (seed * interval) / 20));
        expect(mastersOf(world)).toEqual([1, 2]);
        world.hosts[0]?.resume();
        expect(mastersOf(world), `seed ${seed}, at once`).toEqual([2]);
        expect(world.hosts[0]?.holds(VIP)).toBe(false);
        world.run(micros(20 * interval));
        expect(mastersOf(world), `seed ${seed}`).toEqual([2]);
        expect(statesOf(world, 1).at(-1)).toBe("BACKUP wokeLate");
        expect(statesOf(world, 2).filter((state) => state.startsWith("BACKUP"))).toEqual(["BACKUP startup"]);
      }
    });
  }

  it("is told to stop by the first thing that queued up: no advert of priority 0 unseats its successor", () => {
    const world = pair(1, { version: 3, preempt: false });
    world.hosts[0]?.pause(losesPackets);
    world.run(seconds(9));
    const before = statesOf(world, 2).length;
    world.hosts[0]?.stop();
    world.hosts[0]?.resume();
    world.run(seconds(5));
    expect(statesOf(world, 2).slice(before)).toEqual([]);
    expect(world.hosts[1]?.events.some(({ event }) => event.kind === "PriorityZeroReceived")).toBe(false);
  });
});

it("a BACKUP that stood still takes nothing from a MASTER that lives", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const world = pair(seed, { version: 3, preempt: seed % 2 === 0 });
    world.hosts[1]?.pause(seed % 3 === 0);
    world.run(micros(seconds(4) + seed * 100_000));
    world.hosts[1]?.resume();
    world.run(seconds(10));
    expect(mastersOf(world)).toEqual([1]);
    expect(statesOf(world, 2)).toEqual(["BACKUP startup"]);
  }
});
