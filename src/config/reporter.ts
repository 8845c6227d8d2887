/** Where diagnostics are collected while a configuration is read and resolved. */

import type { Diagnostic, Severity } from "./diagnostic.js";
import { maskSecrets } from "./secrets.js";

/** Most diagnostics kept; a broken file repeats itself. */
const MAX_DIAGNOSTICS = 2_000;

/** The place in the source that a finding is about. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The physical line as written. */
  readonly raw: string;
}

/** Everything about one finding besides its severity, code and message. */
export interface FindingOptions {
  readonly at?: Place | undefined;
  readonly hint?: string | undefined;
  readonly afterReading?: boolean;
}

/** Collects diagnostics in the order of discovery; the same finding at the same place is kept once. */
export class Reporter {
  readonly #diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  /** All findings so far. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  /** True when no more findings are kept, so that nothing needs to be worked out for them. */
  get full(): boolean {
    return this.#diagnostics.length >= MAX_DIAGNOSTICS;
  }

  /** True when something was found that keeps the daemon from starting. */
  get refused(): boolean {
    return this.#diagnostics.some((diagnostic) => diagnostic.severity === "refused");
  }

  /** Adds a finding. Messages must not contain secrets; source lines are masked here. */
  add(severity: Severity, code: string, message: string, options: FindingOptions = {}): void {
    const { at, hint } = options;
    const key = `${at?.file}:${at?.line}:${at?.column}:${code}:${message}`;
    if (this.#seen.has(key) || this.#diagnostics.length >= MAX_DIAGNOSTICS) return;
    this.#seen.add(key);
    this.#diagnostics.push({
      severity,
      code,
      message,
      ...(at === undefined
        ? {}
        : { position: { file: at.file, line: at.line, column: at.column }, source: maskSecrets(at.raw) }),
      ...(hint === undefined ? {} : { hint }),
      ...(options.afterReading === true ? { afterReading: true as const } : {}),
    });
  }

  /** Adds what keepalived counts in `-t` but starts with. */
  complain(code: string, message: string, at?: Place, hint?: string): void {
    this.add("complaint", code, message, { at, hint });
  }

  /** Adds what keeps the daemon from starting. */
  refuse(code: string, message: string, at?: Place, hint?: string): void {
    this.add("refused", code, message, { at, hint });
  }

  /** Adds what is worth knowing and changes no exit status. */
  note(code: string, message: string, at?: Place, hint?: string): void {
    this.add("note", code, message, { at, hint });
  }
}
