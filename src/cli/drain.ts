/** `vigil drain` and `undrain`: hand the addresses over and stay out, until told otherwise. */

import type { Command } from "commander";
import { type InspectionOptions, runInspection, SOCKET_HELP, succeed } from "./inspect.js";

interface Options extends InspectionOptions {
  readonly persist?: boolean;
  readonly reason?: string;
}

/** Adds the commands to `vigil`. */
export function addDrain(program: Command): void {
  program
    .command("drain")
    .description("hand the addresses over and stay out until undrain; returns when they are gone")
    .argument("[instance]", "only this vrrp_instance")
    .option("--persist", "over restarts of the daemon and of the machine, too")
    .option("--reason <text>", "shown wherever the state is shown")
    .option("--socket <path>", SOCKET_HELP)
    .action((instance: string | undefined, options: Options) =>
      runInspection(() => drain(instance, options)),
    );
  program
    .command("undrain")
    .description("take part again")
    .argument("[instance]", "only this vrrp_instance")
    .option("--socket <path>", SOCKET_HELP)
    .action((instance: string | undefined, options: Options) =>
      runInspection(() => undrain(instance, options)),
    );
}

async function drain(instance: string | undefined, options: Options): Promise<number> {
  const query = new URLSearchParams({ persist: String(options.persist === true) });
  if (instance !== undefined) query.set("instance", instance);
  if (options.reason !== undefined) query.set("reason", options.reason);
  const { drained } = (await succeed(options, "POST", `/v1/drain?${query}`)) as {
    drained: readonly { instance: string; state: string; persistent: boolean }[];
  };
  for (const { instance: name, state, persistent } of drained) {
    const how = persistent ? "drained, over restarts too" : "drained";
    process.stdout.write(`${name}: ${how}${state === "MASTER" ? "; still MASTER" : ""}\n`);
  }
  return drained.some(({ state }) => state === "MASTER") ? 1 : 0;
}

async function undrain(instance: string | undefined, options: Options): Promise<number> {
  const query = instance === undefined ? "" : `?instance=${encodeURIComponent(instance)}`;
  const { undrained } = (await succeed(options, "POST", `/v1/undrain${query}`)) as {
    undrained: readonly string[];
  };
  for (const name of undrained) process.stdout.write(`${name}: takes part again\n`);
  if (undrained.length === 0) process.stdout.write("nothing was drained\n");
  return 0;
}
