/** What every kind of probe has in common. */

import type { CheckResult } from "../../../check/check-result.js";

/** One check's way to look. There is one look at a time. */
export interface Probe {
  /**
   * Looks, and tells the result once; never from within this call. A look that is still under way is given up first, without a
   * word.
   */
  start(done: (result: CheckResult) => void): void;
  /** Gives up the look that is under way. */
  abandon(): void;
  /** Closes everything. */
  close(): void;
}

/** A system's or library's error as a result. @param code its `code`. */
export function failureOfSystem(code: string, target: string, message: string): CheckResult {
  const fail = (failure: Extract<CheckResult, { ok: false }>["failure"], text: string): CheckResult => ({
    ok: false,
    failure,
    text,
  });
  switch (code) {
    case "ECONNREFUSED":
      return fail("refused", `connection to ${target} refused: nobody listens there`);
    case "ECONNRESET":
    case "EPIPE":
      return fail("closed", `${target} closed the connection without an answer`);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EACCES":
    case "EPERM":
    case "EADDRNOTAVAIL":
      return fail("unreachable", `${target} cannot be reached: ${code}`);
    case "ETIMEDOUT":
      return fail("timedOut", `${target} does not answer: ${code}`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return fail("name", `the name of ${target} is not found: ${code}`);
    default:
      return fail("setup", `${target}: ${message}`);
  }
}
