/** What the findings mean for an exit status, as keepalived's. */

import type { Diagnostic } from "./diagnostic.js";

/** Exit status of `keepalived -t`. */
export type TestVerdict = 0 | 2 | 4 | 5 | 6;

/** Findings of keepalived's lowest classes: they alone make 4. */
const LOW_CLASS: ReadonlySet<string> = new Set([
  "ERR_CONFIG_UNKNOWN_INTERFACE",
  "ERR_CONFIG_MISSING_INTERFACE",
]);

/**
 * The status of a configuration test. 0: nothing to say, also for a missing file. 2: a parameter is missing. 4: only
 * unknown interfaces. 5: something was complained about. 6: scripts without script security, or a checked include failed.
 */
export function testVerdict(diagnostics: readonly Diagnostic[]): TestVerdict {
  const counted = diagnostics.filter(
    ({ severity, code }) => severity !== "note" && code !== "ERR_CONFIG_FILE_MISSING",
  );
  if (counted.some(({ code }) => code === "ERR_CONFIG_MISSING_PARAMETER")) return 2;
  if (
    counted.some(
      ({ severity, code }) =>
        severity === "security" || (severity === "refused" && code === "ERR_CONFIG_INCLUDE"),
    )
  ) {
    return 6;
  }
  if (counted.length === 0) return 0;
  return counted.every(({ code }) => LOW_CLASS.has(code)) ? 4 : 5;
}

/** Exit status of the daemon that will not run with these findings; undefined when it will. */
export function startVerdict(diagnostics: readonly Diagnostic[]): 2 | 6 | undefined {
  const refused = diagnostics.filter(({ severity }) => severity === "refused");
  if (refused.length === 0) return undefined;
  return refused.some(({ code }) => code === "ERR_CONFIG_INCLUDE" || code === "ERR_CONFIG_FILE_MISSING")
    ? 6
    : 2;
}
