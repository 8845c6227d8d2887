/** Findings of a configuration in the log, in keepalived's words. */

import type { Diagnostic } from "../config/diagnostic.js";
import { formatAsKeepalived } from "../config/format-diagnostic.js";
import type { Logger } from "./logging.js";

/** One line for each finding. */
export function reportFindings(diagnostics: readonly Diagnostic[], log: Logger): void {
  for (const finding of diagnostics) {
    log.info(formatAsKeepalived(finding, false), { code: finding.code, severity: finding.severity });
  }
}
