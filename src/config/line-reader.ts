/**
 * Physical lines to logical source lines: `@id` conditions, definitions and their references, repetitions, includes, and
 * braces on lines of their own. What comes out is what the block parser reads.
 */

import { MAX_REPLACEMENTS } from "./bounds.js";
import { stripComment } from "./comments.js";
import { Definitions, type DefinitionWorld, parseDefinition } from "./definitions.js";
import type { FileSource } from "./file-source.js";
import { type IncludeChecks, joinChecks, NO_CHECKS, parseInclude } from "./include.js";
import { LineStack } from "./line-stack.js";
import { MappedText } from "./mapped-text.js";
import type { Reporter } from "./reporter.js";
import { MASK, maskSecrets } from "./secrets.js";
import { isRepetition, parseRepetition, type Repetition } from "./sequences.js";
import { placeIn, type SourceLine } from "./source-line.js";

/** What the reader needs. */
export interface LineReaderOptions extends DefinitionWorld {
  readonly files: FileSource;
  readonly reporter: Reporter;
  /** What plain `include` checks unless the file says otherwise; absent: nothing. */
  readonly includeChecks?: IncludeChecks;
}

/** Reads one configuration file and all that it includes. */
export class LineReader {
  readonly #options: LineReaderOptions;
  readonly #definitions: Definitions;
  readonly #stack: LineStack;
  /** The rest of a line that was cut at a brace. */
  #rest: SourceLine | undefined;
  /** The multi-line definition being collected. */
  #collecting: { readonly name: string; readonly lines: string[] } | undefined;
  /** References replaced so far. */
  #replacements = 0;

  constructor(options: LineReaderOptions) {
    this.#options = options;
    this.#definitions = new Definitions(options);
    this.#stack = new LineStack(options.files, options.reporter, options.includeChecks ?? NO_CHECKS);
  }

  /** Sets what plain `include` checks until the end of the current file (`include_check`). */
  setIncludeChecks(checks: IncludeChecks): void {
    this.#stack.plainChecks = checks;
  }

  /** What plain `include` checks now. */
  get includeChecks(): IncludeChecks {
    return this.#stack.plainChecks;
  }

  /** Opens the first file. False when it cannot be read; that is reported by the caller. */
  open(path: string): boolean {
    return this.#stack.open(path);
  }

  /** The next logical line, undefined at the end of everything. */
  next(): SourceLine | undefined {
    for (;;) {
      const line = this.#rest ?? this.#stack.next();
      this.#rest = undefined;
      if (line === undefined) return undefined;
      if (line.text.text === "") {
        if (line.raw === "") this.#finishDefinition();
        continue;
      }
      if (line.openQuote === true) this.#complainOfQuote(line);
      const { text, file, number, raw } = line;
      const ready = this.#interpret({ text, file, number, raw });
      if (ready !== undefined) return this.#cutAtBrace(ready);
    }
  }

  /** What is left of a line for the block parser; undefined when the line was consumed here. */
  #interpret(source: SourceLine): SourceLine | undefined {
    if (this.#collecting !== undefined) {
      this.#collect(source);
      return undefined;
    }
    const line = this.#expand(source);
    const include = line === undefined ? undefined : parseInclude(line.text.text);
    if (line === undefined || include === undefined) return line?.text.text === "" ? undefined : line;
    this.#stack.include(include.pattern, joinChecks(include.checks, this.#stack.plainChecks), line);
    return undefined;
  }

  /** The line with its condition met and its references replaced; what they bring may have a condition or define something. */
  #expand(source: SourceLine): SourceLine | undefined {
    let line: SourceLine | undefined = source;
    for (;;) {
      line = line.text.text.startsWith("@") ? this.#condition(line) : line;
      if (line === undefined || this.#define(line)) return undefined;
      if (isRepetition(line.text.text)) {
        this.#repeat(line);
        return undefined;
      }
      if (!line.text.text.includes("$")) return line;
      const replaced = this.#substitute(line);
      if (replaced === undefined || replaced === line) return replaced;
      line = replaced;
    }
  }

  /** True when the line is a definition. */
  #define({ text, raw }: SourceLine): boolean {
    const definition = parseDefinition(text.text);
    if (definition === undefined) return false;
    const { name, value } = definition;
    if (definition.continues || continuesDefinition(raw)) {
      this.#collecting = { name, lines: value === "" ? [] : [value] };
    } else this.#definitions.set(name, value);
    return true;
  }

  #collect({ text: { text }, raw }: SourceLine): void {
    const collecting = this.#collecting;
    if (collecting === undefined) return;
    const value = text.endsWith("\\") ? text.slice(0, -1).trimEnd() : text;
    if (value !== "") collecting.lines.push(value);
    if (!text.endsWith("\\") && !continuesDefinition(raw)) this.#finishDefinition();
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
    if (result.ok) {
      this.#insertRounds(result.repetition, line);
      return;
    }
    const message = maskRepetition(result.message, line.text.text);
    if (result.endless) this.#giveUp(message, line, "a ~SEQ ends with the last number that is needed");
    else this.#complain("ERR_CONFIG_BAD_SEQUENCE", message, line);
  }

  #insertRounds({ rounds, round, restAt }: Repetition, origin: SourceLine): void {
    const text = origin.text.slice(restAt);
    let index = 0;
    const next = (): MappedText | undefined => {
      if (index >= rounds) return undefined;
      for (const [name, value] of round(index++)) this.#definitions.set(name, value);
      return text;
    };
    this.#stack.insert({ kind: "insertion", origin, next });
  }

  #insertLines(lines: readonly string[], origin: SourceLine): void {
    const column = origin.text.columnAt(0);
    let index = 0;
    const next = (): MappedText | undefined => {
      const text = lines[index++];
      return text === undefined ? undefined : MappedText.at(text, column);
    };
    this.#stack.insert({ kind: "insertion", origin, next });
  }

  #substitute(line: SourceLine): SourceLine | undefined {
    const result = this.#definitions.substitute(line.text, line.file);
    if (result.kind === "unchanged") return line;
    if (result.kind === "error") {
      if (result.endless === true)
        this.#options.reporter.refuse("ERR_CONFIG_SUBSTITUTION", result.message, placeIn(line), result.hint);
      else this.#complain("ERR_CONFIG_SUBSTITUTION", result.message, line, result.hint);
      return undefined;
    }
    this.#replacements += result.replacements;
    if (this.#replacements > MAX_REPLACEMENTS) {
      const hint = "nested repetitions and definitions multiply: write out what is meant";
      this.#giveUp(`more than ${MAX_REPLACEMENTS} definitions would be replaced`, line, hint);
      return undefined;
    }
    if (result.following.length > 0) this.#insertLines(result.following, line);
    return { ...line, text: stripComment(result.line).line };
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

  /** Of a multi-line definition nothing is shown, as there is no saying what it is for. */
  #complainOfQuote(line: SourceLine): void {
    const hidden = this.#collecting !== undefined;
    const shown = hidden ? MASK : maskSecrets(line.text.text);
    const source = hidden ? { ...line, raw: MASK } : line;
    this.#complain("ERR_CONFIG_UNTERMINATED_QUOTE", `Unterminated quote '${shown}'`, source);
  }

  #giveUp(message: string, line: SourceLine, hint: string): void {
    this.#rest = undefined;
    this.#stack.giveUp(message, line, hint);
  }

  #complain(code: string, message: string, line: SourceLine, hint?: string): void {
    this.#options.reporter.complain(code, message.replaceAll("\t", " "), placeIn(line), hint);
  }
}

/** True for a line of a definition that has another one: a comment before the backslash does not hide it. */
function continuesDefinition(raw: string): boolean {
  return raw.trimEnd().endsWith("\\");
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
