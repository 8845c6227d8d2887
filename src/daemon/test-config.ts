/** `keepalived -t`: says everything there is to say about a configuration. */

import { appendFileSync, lstatSync } from "node:fs";
import { formatDiagnostic } from "../config/format-diagnostic.js";
import { testVerdict } from "../config/verdict.js";
import { type ConfigSource, readConfig } from "./config-reading.js";
import { ExitStatus } from "./options.js";

/** Prints all findings to stderr, or appends them to `log`; returns keepalived's exit status for them. */
export function testConfig(source: ConfigSource, log: string | undefined): number {
  const { diagnostics } = readConfig({ ...source, thorough: true });
  const text = diagnostics.map((finding) => `${formatDiagnostic(finding)}\n`).join("");
  if (log === undefined) process.stderr.write(text);
  else if (isSymbolicLink(log)) {
    process.stderr.write(`${log} is a symbolic link: name the file itself\n`);
    return ExitStatus.fatal;
  } else appendFileSync(log, text, { mode: 0o600 });
  return testVerdict(diagnostics);
}

function isSymbolicLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
