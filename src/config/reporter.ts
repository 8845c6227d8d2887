/** Where diagnostics are collected while a configuration is read and resolved. */

import { MAX_DIAGNOSTICS, MAX_HINTED } from "./bounds.js";
import type { Diagnostic, Severity } from "./diagnostic.js";
import { maskAddresses, maskSecrets } from "./secrets.js";

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

/**
 * Collects diagnostics in the order of discovery; the same finding at the same place is kept once. Of a file with very many,
 * the first ones are kept, and the first one of each kind, so that every exit status is as with all of them.
 */
export class Reporter {
  readonly #diagnostics: Diagnostic[] = [];
  /** The line being read when each was found. */
  readonly #lines: number[] = [];
  readonly #seen = new Set<string>();
  /** How many logical lines are before the one being read, which can be read several times. */
  line = 0;
  readonly #kinds = new Set<string>();
  /** Lines with findings that are not kept. */
  readonly #omitted = new Set<number>();
  #closed = false;

  /** All findings that were kept, and how many were not. */
  all(): readonly Diagnostic[] {
    if (this.#omitted.size === 0) return this.#diagnostics;
    const omitted: Diagnostic = {
      severity: "note",
      code: "ERR_CONFIG_MORE_FINDINGS",
      message: `findings in ${this.#omitted.size} more lines are not listed`,
      hint: "correct the first ones: often they are the cause of the others",
    };
    return [...this.#diagnostics, omitted];
  }

  /** True while suggestions are worth the time that it takes to find them. */
  get wantsHints(): boolean {
    return this.#diagnostics.length < MAX_HINTED;
  }

  /** True when no more findings are kept, so that nothing needs to be worked out for them. */
  get full(): boolean {
    return this.#diagnostics.length >= MAX_DIAGNOSTICS;
  }

  /** True when the rest is not read. */
  get closed(): boolean {
    return this.#closed;
  }

  /** True when something was found that keeps the daemon from starting. */
  get refused(): boolean {
    return this.#diagnostics.some((diagnostic) => diagnostic.severity === "refused");
  }

  /** Adds a finding. Messages must not contain secrets; source lines are masked here. */
  add(severity: Severity, code: string, message: string, options: FindingOptions = {}): void {
    if (this.#closed) return;
    const { at, hint } = options;
    const kind = `${severity}:${code}`;
    const key = `${at?.file}:${at?.line}:${at?.column}:${code}:${message}`;
    if (this.#seen.has(key)) return;
    if (this.full && this.#kinds.has(kind)) {
      this.#omitted.add(this.line);
      return;
    }
    this.#seen.add(key);
    this.#kinds.add(kind);
    this.#lines.push(this.line);
    this.#diagnostics.push({
      severity,
      code,
      message: maskAddresses(message),
      ...(at === undefined
        ? {}
        : { position: { file: at.file, line: at.line, column: at.column }, source: maskSecrets(at.raw) }),
      ...(hint === undefined ? {} : { hint }),
      ...(options.afterReading === true ? { afterReading: true as const } : {}),
    });
  }

  /** Puts the findings in the order of the lines that were being read. */
  arrange(): void {
    const order = this.#diagnostics.map((diagnostic, i) => ({ diagnostic, line: this.#lines[i] ?? 0 }));
    order.sort((one, other) => one.line - other.line);
    for (const [i, { diagnostic, line }] of order.entries()) {
      this.#diagnostics[i] = diagnostic;
      this.#lines[i] = line;
    }
  }

  /** Adds what keepalived counts in `-t` but starts with. */
  complain(code: string, message: string, at?: Place, hint?: string): void {
    this.add("complaint", code, message, { at, hint });
  }

  /** Adds what keeps the daemon from starting. */
  refuse(code: string, message: string, at?: Place, hint?: string): void {
    this.add("refused", code, message, { at, hint });
  }

  /** Adds the reason why the rest is not read: what follows from the missing rest is not said. */
  giveUp(code: string, message: string, at?: Place, hint?: string): void {
    this.refuse(code, message, at, hint);
    this.#closed = true;
  }

  /** Adds what is worth knowing and changes no exit status. */
  note(code: string, message: string, at?: Place, hint?: string): void {
    this.add("note", code, message, { at, hint });
  }
}
