/** Findings about a configuration as a whole, made after all of it was read. */

import type { Severity } from "./diagnostic.js";
import type { ConfigDraft } from "./draft.js";
import type { Place } from "./reporter.js";

/** Reports what keepalived reports without a line, with the place where the user can change it. */
export function finding(
  root: ConfigDraft,
  severity: Severity,
  code: string,
  message: string,
  at: Place | undefined,
  hint?: string,
): void {
  if (root.vrrpGivenUp) return;
  root.reporter.add(severity, code, message, { at, hint, afterReading: true });
}
