/** A mistake of our own as lines of the log. */

/** The error on the first line, behind `what`, and a line for each frame of its stack. */
export function errorLines(what: string, error: unknown): string[] {
  if (!(error instanceof Error)) return [`${what}: ${String(error)}`];
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [`${what}: ${error.name}: ${error.message}`, ...frames];
}
