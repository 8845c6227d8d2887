/** `keepalived -t`: says everything there is to say about a configuration. */

import { closeSync, writeFileSync } from "node:fs";
import { formatDiagnostic } from "../config/format-diagnostic.js";
import { testVerdict } from "../config/verdict.js";
import { type ConfigSource, readConfig } from "./config-reading.js";
import { ExitStatus } from "./options.js";
import { openOwnFile } from "./own-file.js";

/** keepalived's status of a test with `-e` when the first file is missing; without it that is no error. */
const MISSING_WITH_CHECKS = 4;

/** Of all processes, whatever the options take away, as keepalived. Prints all findings to stderr, or appends them to `log`; resolves to keepalived's exit status for them. */
export async function testConfig(source: ConfigSource, log: string | undefined): Promise<number> {
  const { diagnostics } = readConfig({ ...source, absent: [], thorough: true });
  const text = diagnostics.map((finding) => `${formatDiagnostic(finding)}\n`).join("");
  if (log === undefined) await writeOut(text);
  else if (!append(log, text)) return ExitStatus.fatal;
  const missing = diagnostics.some(({ code }) => code === "ERR_CONFIG_FILE_MISSING");
  return missing && source.includeChecks !== undefined ? MISSING_WITH_CHECKS : testVerdict(diagnostics);
}

/** Resolves when all of it is written, or nobody reads any more: a pipe takes 64 KiB at once, and the process ends next. */
function writeOut(text: string): Promise<void> {
  process.stderr.on("error", () => undefined);
  return new Promise((resolve) => process.stderr.write(text, () => resolve()));
}

/** False when the file is not to be written to, which standard error then tells. */
function append(path: string, text: string): boolean {
  try {
    const descriptor = openOwnFile(path, 0o600);
    writeFileSync(descriptor, text);
    closeSync(descriptor);
    return true;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return false;
  }
}
