/**
 * Random runs by the thousand. `VIGIL_SEEDS=20000 npx vitest run --project sim` plays more of them;
 * `VIGIL_SEED=982 npx vitest run --project sim` replays one, tells its story and writes its traffic as a pcap file.
 */

import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { playScenario } from "../../src/sim/scenario.js";

const only = process.env.VIGIL_SEED;
const seeds = Number(process.env.VIGIL_SEEDS ?? 2000);

it.runIf(only === undefined)(`${seeds} random runs keep every invariant`, { timeout: 600_000 }, () => {
  const failures: string[] = [];
  let transitions = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const result = playScenario(seed, false);
    transitions += result.transitions;
    const [first] = result.violations;
    if (first !== undefined)
      failures.push(`seed ${seed}: ${first.what}\n  replay: VIGIL_SEED=${seed} npx vitest run --project sim`);
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

it.runIf(only !== undefined)(`replay of seed ${only}`, () => {
  const result = playScenario(Number(only), true);
  const path = join(tmpdir(), `vigil-seed-${only}.pcap`);
  writeFileSync(path, result.pcap ?? new Uint8Array());
  console.log([...result.story, `traffic: ${path}`].join("\n"));
  expect(result.violations).toEqual([]);
});
