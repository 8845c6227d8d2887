/** `keepalived`: the command line of keepalived(8). */

import { hostname } from "node:os";
import { takeInvocation } from "../daemon/invocation.js";
import { ExitStatus } from "../daemon/options.js";
import { runDaemon } from "../daemon/start.js";
import { testConfig } from "../daemon/test-config.js";
import { versionText } from "../daemon/version.js";
import { readKeepalivedCommand } from "./keepalived-command.js";

/** Does what argv says; resolves to the exit status. */
async function main(words: readonly string[]): Promise<number> {
  const invocation = takeInvocation();
  const { action, stdout, stderr } = readKeepalivedCommand(words, { ...invocation, hostName: hostname() });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  switch (action.kind) {
    case "exit":
      return action.status;
    case "version":
      process.stderr.write(versionText());
      return ExitStatus.ok;
    case "test":
      return testConfig(action.options, action.log);
    case "run":
      return runDaemon(action.options, invocation);
  }
}

// Not exitCode: an engine that does not answer any more must not keep the process from ending.
process.exit(await main(process.argv.slice(2)));
