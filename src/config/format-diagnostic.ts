/** A diagnostic as text for people. */

import type { Diagnostic, Severity } from "./diagnostic.js";

const WORDS: Readonly<Record<Severity, string>> = {
  refused: "error",
  complaint: "warning",
  security: "security",
  note: "note",
};

/**
 * `FILE:LINE:COLUMN: SEVERITY: MESSAGE [CODE]`, the source line with a caret under the place, and a hint; lines are joined
 * by `\n`, without one at the end.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { position, source, hint } = diagnostic;
  const place = position === undefined ? "" : `${position.file}:${position.line}:${position.column}: `;
  const lines = [`${place}${WORDS[diagnostic.severity]}: ${diagnostic.message} [${diagnostic.code}]`];
  if (position !== undefined && source !== undefined) {
    lines.push(`    ${source}`, `    ${indentTo(source, position.column)}^`);
  }
  if (hint !== undefined) lines.push(`    hint: ${hint}`);
  return lines.join("\n");
}

/**
 * keepalived's own form: `(FILE: Line N) MESSAGE`, or `(Line N) MESSAGE` with `singleFile`; without position, or for what
 * keepalived finds after reading, the bare message.
 */
export function formatAsKeepalived(diagnostic: Diagnostic, singleFile: boolean): string {
  const { position, message } = diagnostic;
  if (position === undefined || diagnostic.afterReading === true) return message;
  const file = singleFile ? "" : `${position.file}: `;
  return `(${file}Line ${position.line}) ${message}`;
}

/** Blanks as wide as the source up to a column; tabs stay tabs. */
function indentTo(source: string, column: number): string {
  const before = source.slice(0, column - 1).padEnd(column - 1, " ");
  return before.replaceAll(/[^\t]/g, " ");
}
