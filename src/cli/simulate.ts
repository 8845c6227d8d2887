/** `vigil simulate`: one random run of the simulator, told to a human. */

import { writeFileSync } from "node:fs";
import { playScenario } from "../sim/scenario.js";

/** Plays one random run of the simulator and tells its story; returns the exit status. */
export function simulate(seed: number, pcap: string | undefined): number {
  const result = playScenario(seed, pcap !== undefined);
  for (const line of result.story) process.stdout.write(`${line}\n`);
  for (const { at, what } of result.violations) process.stdout.write(`BROKEN at ${at} µs: ${what}\n`);
  process.stdout.write(`${result.transitions} transitions, ${result.violations.length} broken invariants\n`);
  if (pcap !== undefined && result.pcap !== undefined) writeFileSync(pcap, result.pcap);
  return result.violations.length === 0 ? 0 : 1;
}
