/** `vigil`: the operator's command. */

import { hostname } from "node:os";
import { Command } from "commander";
import { testConfig } from "../daemon/test-config.js";
import { VIGIL_VERSION } from "../daemon/version.js";
import { addDrain } from "./drain.js";
import { addInspection } from "./inspect.js";
import { addProbe } from "./probe.js";
import { simulate } from "./simulate.js";

/**
 * A whole number, for commander.
 * @throws {Error} with what to write instead.
 */
function wholeNumber(text: string): number {
  if (!/^[0-9]+$/.test(text)) throw new Error(`'${text}' is not a whole number: write digits only`);
  return Number(text);
}

const program = new Command("vigil")
  .description("Inspect Vigil, the VRRP daemon")
  .version(VIGIL_VERSION)
  .showHelpAfterError("(vigil --help lists the commands)");

program
  .command("check")
  .description("say everything there is to say about a configuration file")
  .argument("[file]", "the file", "/etc/keepalived/keepalived.conf")
  .option("-i, --config-id <id>", "what @id lines are compared with", hostname().replace(/\..*/, ""))
  .action(async (file: string, options: { configId: string }) => {
    process.exitCode = await testConfig({ configFile: file, configId: options.configId }, undefined);
  });

program
  .command("simulate")
  .description("play one random run of the simulator: hosts on a LAN, with all that can befall them")
  .requiredOption("--seed <number>", "which run", wholeNumber)
  .option("--pcap <file>", "write the traffic, to be read with tshark")
  .action((options: { seed: number; pcap?: string }) => {
    process.exitCode = simulate(options.seed, options.pcap);
  });

addInspection(program);
addDrain(program);
addProbe(program);

await program.parseAsync();
