/**
 * Physical lines to logical source lines: comments, `@id` conditions, definitions and their references, repetitions,
 * includes, and braces on lines of their own. What comes out is what the block parser reads. Everything is bounded.
 */

import { stripComment } from "./comments.js";
import { Definitions, type DefinitionWorld, parseDefinition } from "./definitions.js";
import type { FileSource } from "./file-source.js";
import { findIncluded, type IncludeChecks, joinChecks, NO_CHECKS, parseInclude } from "./include.js";
import { MappedText } from "./mapped-text.js";
import { MAX_FILE_BYTES, type PhysicalLine, splitPhysicalLines } from "./physical-lines.js";
import type { Place, Reporter } from "./reporter.js";
import { maskSecrets } from "./secrets.js";
import { isRepetition, parseRepetition, type Repetition } from "./sequences.js";

/** Deepest nesting of files, repetitions and multi-line definitions. */
const MAX_DEPTH = 64;

/** Most files read, including repeated reading of one. */
const MAX_FILES = 4_096;

/** Most logical lines: a bound for what repetitions and includes expand to. */
const MAX_LOGICAL_LINES = 250_000;

/** A logical line: `{`, `}`, or text without braces outside quotes. */
export interface SourceLine {
  readonly text: MappedText;
  readonly file: string;
  /** From 1. */
  readonly number: number;
  /** The physical line as written. */
  readonly raw: string;
}

/** What the reader needs. */
export interface LineReaderOptions extends DefinitionWorld {
  readonly files: FileSource;
  readonly reporter: Reporter;
  /** What plain `include` checks unless the file says otherwise; absent: nothing. */
  readonly includeChecks?: IncludeChecks;
}

/** Something on the stack that supplies lines; the top is read first. */
type Supplier =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly lines: readonly PhysicalLine[];
      /** Files to be read after this one, matched by the same include. */
      readonly remaining: readonly string[];
      readonly checks: IncludeChecks;
      /** What plain `include` checked when this file was opened, restored at its end. */
      readonly outerChecks: IncludeChecks;
      next: number;
    }
  | { readonly kind: "lines"; readonly lines: readonly string[]; readonly origin: SourceLine; next: number }
  | { readonly kind: "rounds"; readonly repetition: Repetition; readonly origin: SourceLine; next: number };

/** The place of a character of a line. */
export function placeIn(line: SourceLine, column: number): Place {
  return { file: line.file, line: line.number, column, raw: line.raw };
}

/** Reads one configuration file and all that it includes. */
export class LineReader {
  readonly #options: LineReaderOptions;
  readonly #definitions: Definitions;
  readonly #suppliers: Supplier[] = [];
  /** The rest of a line that was cut at a brace. */
  #rest: SourceLine | undefined;
  /** The multi-line definition being collected. */
  #collecting: { readonly name: string; readonly lines: string[] } | undefined;
  #plainChecks: IncludeChecks;
  #filesRead = 0;
  #linesRead = 0;

  constructor(options: LineReaderOptions) {
    this.#options = options;
    this.#definitions = new Definitions(options);
    this.#plainChecks = options.includeChecks ?? NO_CHECKS;
  }

  /** Sets what plain `include` checks until the end of the current file (`include_check`). */
  setIncludeChecks(checks: IncludeChecks): void {
    this.#plainChecks = checks;
  }

  /** What plain `include` checks now. */
  get includeChecks(): IncludeChecks {
    return this.#plainChecks;
  }

  /** Opens the first file. False when it cannot be read; that is reported by the caller. */
  open(path: string): boolean {
    return this.#openFirst([path], NO_CHECKS, undefined);
  }

  /** The next logical line, undefined at the end of everything. */
  next(): SourceLine | undefined {
    for (;;) {
      const line = this.#rest ?? this.#pull();
      this.#rest = undefined;
      if (line === undefined) return undefined;
      const ready = this.#interpret(line);
      if (ready === undefined) continue;
      if (++this.#linesRead > MAX_LOGICAL_LINES) {
        this.#stop(`configuration expands to more than ${MAX_LOGICAL_LINES} lines`, ready);
        return undefined;
      }
      return this.#cutAtBrace(ready);
    }
  }

  /** A line from the topmost supplier that has one, comment removed, not empty. */
  #pull(): SourceLine | undefined {
    for (;;) {
      const supplier = this.#suppliers.at(-1);
      if (supplier === undefined) return undefined;
      const line = this.#take(supplier);
      if (line === undefined) this.#leave(supplier);
      else if (line.text.text !== "") return line;
    }
  }

  #take(supplier: Supplier): SourceLine | undefined {
    switch (supplier.kind) {
      case "file": {
        const physical = supplier.lines[supplier.next++];
        return physical === undefined ? undefined : this.#uncomment(physical, supplier.path, supplier.next);
      }
      case "lines": {
        const text = supplier.lines[supplier.next++];
        if (text === undefined) return undefined;
        return { ...supplier.origin, text: MappedText.at(text, supplier.origin.text.columnAt(0)) };
      }
      case "rounds": {
        const round = supplier.repetition.rounds[supplier.next++];
        if (round === undefined) return undefined;
        for (const [name, value] of round) this.#definitions.set(name, value);
        return { ...supplier.origin, text: supplier.origin.text.slice(supplier.repetition.restAt) };
      }
    }
  }

  #uncomment(physical: PhysicalLine, file: string, number: number): SourceLine {
    const empty = { text: MappedText.ofLine(""), file, number, raw: physical.text };
    if (physical.problem !== undefined) {
      const message =
        physical.problem === "nul"
          ? "configuration appears to have embedded NULs - ignoring line"
          : "line too long - ignoring";
      this.#complain("ERR_CONFIG_BAD_LINE", message, empty);
      return empty;
    }
    if (physical.text === "" && this.#collecting !== undefined) this.#finishDefinition();
    const { line, unterminatedQuote } = stripComment(MappedText.ofLine(physical.text));
    const source = { ...empty, text: line };
    if (unterminatedQuote) {
      this.#complain(
        "ERR_CONFIG_UNTERMINATED_QUOTE",
        `Unterminated quote '${maskSecrets(line.text)}'`,
        source,
      );
    }
    return source;
  }

  #leave(supplier: Supplier): void {
    this.#suppliers.pop();
    if (supplier.kind !== "file") return;
    this.#plainChecks = supplier.outerChecks;
    this.#openFirst(supplier.remaining, supplier.checks, undefined);
  }

  /** What is left of a line for the block parser; undefined when the line was consumed here. */
  #interpret(source: SourceLine): SourceLine | undefined {
    let line = source;
    if (this.#collecting !== undefined) {
      this.#collect(line.text.text);
      return undefined;
    }
    if (line.text.text.startsWith("@")) {
      const chosen = this.#condition(line);
      if (chosen === undefined) return undefined;
      line = chosen;
    }
    const definition = parseDefinition(line.text.text);
    if (definition !== undefined) {
      if (definition.continues) {
        this.#collecting = {
          name: definition.name,
          lines: definition.value === "" ? [] : [definition.value],
        };
      } else this.#definitions.set(definition.name, definition.value);
      return undefined;
    }
    if (isRepetition(line.text.text)) {
      this.#repeat(line);
      return undefined;
    }
    if (line.text.text.includes("$")) {
      const substituted = this.#substitute(line);
      if (substituted === undefined) return undefined;
      line = substituted;
    }
    const include = parseInclude(line.text.text);
    if (include === undefined) return line.text.text === "" ? undefined : line;
    this.#include(include.pattern, joinChecks(include.checks, this.#plainChecks), line);
    return undefined;
  }

  #collect(text: string): void {
    const collecting = this.#collecting;
    if (collecting === undefined) return;
    const continues = text.endsWith("\\");
    const value = continues ? text.slice(0, -1).trimEnd() : text;
    if (value !== "") collecting.lines.push(value);
    if (!continues) this.#finishDefinition();
  }

  #finishDefinition(): void {
    const collecting = this.#collecting;
    this.#collecting = undefined;
    if (collecting === undefined) return;
    if (collecting.lines.length === 0) this.#definitions.set(collecting.name, "");
    else this.#definitions.setLines(collecting.name, collecting.lines);
  }

  /** The rest of an `@id` line that applies here. `vigil` is an id that always applies, unknown to keepalived. */
  #condition(line: SourceLine): SourceLine | undefined {
    const match = /^@(\^?)([^ \t]*)[ \t]+/.exec(line.text.text);
    if (match === null) return undefined;
    const same = match[2] === this.#options.configId || match[2] === "vigil";
    if (same === (match[1] === "^")) return undefined;
    return { ...line, text: line.text.slice(match[0].length) };
  }

  #repeat(line: SourceLine): void {
    const expand = (text: string): string => {
      const result = this.#definitions.substitute(MappedText.at(text, 1), line.file);
      return result.kind === "changed" ? result.line.text : text;
    };
    const result = parseRepetition(line.text.text, expand);
    if (!result.ok)
      this.#complain("ERR_CONFIG_BAD_SEQUENCE", maskRepetition(result.message, line.text.text), line);
    else this.#push({ kind: "rounds", repetition: result.repetition, origin: line, next: 0 }, line);
  }

  #substitute(line: SourceLine): SourceLine | undefined {
    const result = this.#definitions.substitute(line.text, line.file);
    if (result.kind === "unchanged") return line;
    if (result.kind === "error") {
      this.#complain("ERR_CONFIG_SUBSTITUTION", result.message, line);
      return undefined;
    }
    if (result.following.length > 0) {
      this.#push({ kind: "lines", lines: result.following, origin: line, next: 0 }, line);
    }
    const expanded = { ...line, text: stripComment(result.line).line };
    if (!isRepetition(expanded.text.text)) return expanded;
    this.#repeat(expanded);
    return undefined;
  }

  #include(pattern: string, checks: IncludeChecks, line: SourceLine): void {
    const found = findIncluded(pattern, checks, line.file, this.#options.files);
    const code = "ERR_CONFIG_INCLUDE";
    if (found.failed) {
      this.#options.reporter.refuse(
        code,
        `Config files missing '${pattern}'.`,
        placeIn(line, line.text.columnAt(0)),
      );
    } else if (found.missing) {
      this.#options.reporter.note(
        code,
        `Config files missing '${pattern}'.`,
        placeIn(line, line.text.columnAt(0)),
      );
    }
    this.#openFirst(found.paths, checks, line);
  }

  /** Opens the first of `paths` that can be read; the others follow when it is at its end. */
  #openFirst(paths: readonly string[], checks: IncludeChecks, at: SourceLine | undefined): boolean {
    for (const [i, path] of paths.entries()) {
      if (++this.#filesRead > MAX_FILES) {
        this.#stop(`more than ${MAX_FILES} configuration files`, at);
        return false;
      }
      const read = this.#options.files.read(path);
      if (read.ok && read.bytes.length <= MAX_FILE_BYTES) {
        return this.#openFile(path, read.bytes, { remaining: paths.slice(i + 1), checks, at });
      }
      const reason = read.ok ? `larger than ${MAX_FILE_BYTES} bytes` : read.reason;
      const message = `Configuration file '${path}' open problem (${reason}) - skipping`;
      const place = at === undefined ? undefined : placeIn(at, at.text.columnAt(0));
      if (checks.read) this.#options.reporter.refuse("ERR_CONFIG_INCLUDE", message, place);
      else if (place !== undefined) this.#options.reporter.note("ERR_CONFIG_INCLUDE", message, place);
    }
    return false;
  }

  #openFile(
    path: string,
    bytes: Uint8Array,
    options: { remaining: readonly string[]; checks: IncludeChecks; at: SourceLine | undefined },
  ): boolean {
    const { lines, byteOrderMark } = splitPhysicalLines(bytes);
    if (byteOrderMark) {
      const at = { file: path, line: 1, column: 1, raw: lines[0]?.text ?? "" };
      this.#options.reporter.note(
        "ERR_CONFIG_BYTE_ORDER_MARK",
        "the file starts with a byte order mark, keepalived would not know its first word",
        at,
      );
    }
    const { remaining, checks, at } = options;
    const outerChecks = this.#plainChecks;
    return this.#push({ kind: "file", path, lines, remaining, checks, outerChecks, next: 0 }, at);
  }

  #push(supplier: Supplier, at: SourceLine | undefined): boolean {
    if (this.#suppliers.length >= MAX_DEPTH) {
      this.#stop(`includes, definitions and sequences nested more than ${MAX_DEPTH} deep`, at);
      return false;
    }
    this.#suppliers.push(supplier);
    return true;
  }

  /** Gives up reading: half a configuration must not run. */
  #stop(message: string, at: SourceLine | undefined): void {
    this.#suppliers.length = 0;
    this.#rest = undefined;
    const place = at === undefined ? undefined : placeIn(at, at.text.columnAt(0));
    this.#options.reporter.refuse("ERR_CONFIG_TOO_LARGE", message, place);
  }

  /** The line up to its first brace outside quotes; what follows is kept for the next call. */
  #cutAtBrace(line: SourceLine): SourceLine {
    const at = braceIndex(line.text.text);
    if (at < 0) return { ...line, text: line.text.trim() };
    const cut = at === 0 ? 1 : at;
    const rest = line.text.slice(cut).trim();
    if (rest.text !== "") this.#rest = { ...line, text: rest };
    return { ...line, text: line.text.slice(0, cut).trim() };
  }

  #complain(code: string, message: string, line: SourceLine): void {
    this.#options.reporter.complain(
      code,
      message.replaceAll("\t", " "),
      placeIn(line, line.text.columnAt(0)),
    );
  }
}

/** A complaint that quotes the line, without what is secret in it. */
function maskRepetition(message: string, text: string): string {
  return message.replace(text, () => maskSecrets(text));
}

/** Index of the first brace outside `"…"`, −1 without one; an unclosed quote hides the rest. */
function braceIndex(text: string): number {
  let i = 0;
  while (i < text.length) {
    const character = text.charAt(i);
    if (character === "{" || character === "}") return i;
    if (character === '"') {
      const close = text.indexOf('"', i + 1);
      if (close < 0) return -1;
      i = close;
    }
    i++;
  }
  return -1;
}
