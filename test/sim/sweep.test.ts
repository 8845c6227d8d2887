/**
 * Random runs by the thousand. `VIGIL_SEEDS=20000 npx vitest run --project sim` plays more of them;
 * `bin/vigil simulate --seed 982 --pcap FILE` replays one, tells its story and writes its traffic.
 */

import { expect, it } from "vitest";
import { playScenario } from "../../src/sim/scenario.js";

const seeds = Number(process.env.VIGIL_SEEDS ?? 2000);

it(`${seeds} random runs keep every invariant`, { timeout: 600_000 }, () => {
  const failures: string[] = [];
  let transitions = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const result = playScenario(seed, false);
    transitions += result.transitions;
    const [first] = result.violations;
    if (first !== undefined)
      failures.push(`seed ${seed}: ${first.what}\n  replay: bin/vigil simulate --seed ${seed}`);
  }
  expect(failures.join("\n")).toBe("");
  // A world in which nothing happens would keep every invariant too.
  expect(transitions).toBeGreaterThan(seeds * 5);
});

it("the same seed gives the same run, to the byte", () => {
  const first = playScenario(7, true);
  const second = playScenario(7, true);
  expect(second.story).toEqual(first.story);
  expect(second.pcap).toEqual(first.pcap);
  expect(first.pcap?.length).toBeGreaterThan(1000);
});
