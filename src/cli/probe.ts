/** `vigil probe URL`: one probe from the shell. */

import type { Command } from "commander";
import { type ProbeOptions, probeOnce } from "../daemon/probe-once.js";

/** Adds the command. */
export function addProbe(program: Command): void {
  program
    .command("probe")
    .description("probe once, as a vrrp_check does, with the exit status of a monitoring plugin")
    .argument("<url>", "https://HOST[:PORT]/PATH, http://…, tcp://HOST:PORT or icmp://HOST")
    .option("--ca <file>", "PEM file of the authorities that may have signed the server's certificate")
    .option("--cert <file>", "PEM file with the certificate to show to the server")
    .option("--key <file>", "PEM file with its key")
    .option("--server-name <name>", "name that the server's certificate must be for")
    .option("--insecure", "do not verify the server's certificate", false)
    .option("--status <codes...>", "status codes and ranges that are accepted", [])
    .option("--body <text>", "text that the answer must contain")
    .option("--etcd", "the answer is etcd's report on its health", false)
    .option("--timeout <seconds>", "for everything, names and TLS included", positiveNumber, 2)
    .action(async (url: string, options: ProbeOptions) => {
      // Not exitCode: a name server that does not answer must not hold up the end.
      process.exit(await probeOnce(url, options));
    });
}

/**
 * A number of seconds, for commander.
 * @throws {Error} with what to write instead.
 */
function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3_600)) throw new Error(`'${text}' is no number of seconds from 0.001 to 3600`);
  return value;
}
