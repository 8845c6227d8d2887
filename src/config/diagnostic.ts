/** A finding in a configuration: never thrown, always collected. */

/** Where a finding is. */
export interface Position {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

/**
 * How bad a finding is.
 * `refused`: the daemon would not start. `complaint`: keepalived counts it in `-t` but starts. `security`: scripts without
 * script security. `note`: worth knowing, no effect on any exit status.
 */
export type Severity = "refused" | "complaint" | "security" | "note";

/** One finding. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable and greppable, e.g. `ERR_CONFIG_UNKNOWN_KEYWORD`. */
  readonly code: string;
  /** In the words keepalived's users know; never contains a secret. */
  readonly message: string;
  /** Absent for findings about the configuration as a whole. */
  readonly position?: Position;
  /** The source line, with secrets masked. */
  readonly source?: string;
  /** What to write instead. */
  readonly hint?: string;
  /** Found after all files were read, about the configuration as it stands; keepalived gives no line for these. */
  readonly afterReading?: true;
}
