/** Where lines of the log go. A target that does not take lines loses lines, tells how many, and delays nobody. */

import type { LogRecord } from "./log-format.js";

/** A target. */
export interface LogTarget {
  /** Returns at once; never throws. */
  write(record: LogRecord): void;
  /** Writes what still can be written; resolves soon in any case. */
  close(): void | Promise<void>;
}

/** The line that tells of lost ones, as soon as a target takes lines again. */
export function lostLines(next: LogRecord, count: number): LogRecord {
  return {
    ...next,
    text: `${count} lines of the log were lost before this one`,
    detail: false,
    fields: { lost: count },
  };
}
