/**
 * Logical lines to keyword calls: nesting, braces in the wrong place, unknown keywords and missing parameters, recovering
 * the way keepalived does so that the same file means the same thing.
 */

import { MAX_BLOCK_DEPTH } from "./bounds.js";
import { PlacedDraft } from "./draft.js";
import type { KeywordTable } from "./keyword-table.js";
import type { LineReader } from "./line-reader.js";
import type { Reporter } from "./reporter.js";
import { introducesSecret, MASK, maskSecrets, maskWord } from "./secrets.js";
import { placeIn, type SourceLine } from "./source-line.js";
import { Statement } from "./statement.js";
import { splitWords } from "./words.js";

/** What a parser reads. */
export interface LineSource {
  /** The next logical line, undefined at the end of everything. */
  next(): SourceLine | undefined;
}

/** Reads statements from a source of lines and hands them to keyword tables. */
export class BlockParser {
  readonly reporter: Reporter;
  /** What includes are checked for can be set while reading. */
  readonly reader: LineReader;
  readonly #lines: LineSource;
  /** The line read last. */
  #last: SourceLine | undefined;
  /** Braces open, counted as they come. */
  #braces = 0;
  /** Blocks being read. */
  #level = 0;
  /** A parameter was missing: keepalived ends at once, so nothing more is read. */
  #stopped = false;
  /** A keyword that nobody knows, but looks like one with a secret, stood alone: what comes next may be that. */
  #expectsSecret = false;
  /** The next block is not wanted: skip it if it comes. */
  #skipNext = false;

  /** Lines come from `lines`: `reader` itself, or what it gave before. */
  constructor(reader: LineReader, reporter: Reporter, lines: LineSource = reader) {
    this.reader = reader;
    this.reporter = reporter;
    this.#lines = lines;
  }

  /**
   * Reads everything as root-level statements into `target`; root keywords that are not in `active` are known, but they and
   * their blocks are skipped. False when reading was given up.
   */
  readAll<Target>(table: KeywordTable<Target>, target: Target, active: ReadonlySet<string>): boolean {
    while (!this.#stopped) {
      const line = this.#nextLine();
      if (line === undefined) break;
      if (!this.#skipsInactive(table, active, line)) this.#statement(table, target, line);
    }
    if (this.#braces > 0 && !this.#stopped) {
      this.reporter.complain(
        "ERR_CONFIG_MISSING_END_OF_BLOCK",
        `There are ${this.#braces} missing '}'s or extra '{'s`,
        undefined,
        "every '{' needs a '}'",
      );
    }
    return !this.#stopped;
  }

  /** True for a root keyword that is not for this reader. */
  #skipsInactive<Target>(
    table: KeywordTable<Target>,
    active: ReadonlySet<string>,
    line: SourceLine,
  ): boolean {
    if (this.#skipNext && line.text.text === "{") return false;
    const name = splitWords(line.text).words[0]?.text;
    if (name === undefined || active.has(name) || table.get(name) === undefined) return false;
    this.#split(line, table.get(name)?.command === true);
    this.skipBlock();
    return true;
  }

  /** Reads the block whose keyword was just read, up to its `}`. */
  readBlock<Target>(table: KeywordTable<Target>, target: Target): void {
    this.#level++;
    this.#readBlockBody(table, target);
    this.#level--;
  }

  /** The line read last as a statement, for complaints about a block that just ended. */
  lastStatement(opened: Statement): Statement {
    return this.#last === undefined
      ? opened
      : new Statement(this.#last, splitWords(this.#last.text).words, this.reporter);
  }

  #readBlockBody<Target>(table: KeywordTable<Target>, target: Target): void {
    let opened = false;
    while (!this.#stopped) {
      const line = this.#nextLine();
      if (line === undefined) return;
      const text = line.text.text;
      if (!opened) {
        opened = true;
        if (text === "{") continue;
        this.#complainAt(
          line,
          "ERR_CONFIG_MISSING_BLOCK",
          "Missing '{' at beginning of configuration block",
          "put a '{' behind the keyword or on the next line",
        );
      }
      if (text === "}") return;
      this.#statement(table, target, line);
    }
  }

  /** Reads the items of a value block, up to its `}`; the block's keyword has `names` words before the brace. */
  readItems(statement: Statement, names: number, item: (statement: Statement) => void): void {
    const extra = statement.word(1 + names);
    if (extra !== undefined) {
      statement.complain(
        "ERR_CONFIG_EXTRA_PARAMETERS",
        `Block ${statement.keyword} has extra parameters ${extra} ...`,
        1 + names,
        "put the items between the braces, one a line",
      );
    }
    let opened = false;
    while (!this.#stopped) {
      const line = this.#nextLine();
      if (line === undefined) return;
      const text = line.text.text;
      if (!opened) {
        opened = true;
        if (text === "{") continue;
        this.reporter.note(
          "ERR_CONFIG_MISSING_BLOCK",
          `'{' missing from beginning of block ${statement.keyword}`,
          placeIn(line),
        );
      }
      if (text === "}") return;
      const itemStatement = this.#split(line, false);
      if (itemStatement.words.length > 0) item(itemStatement);
    }
  }

  /** Skips the block that follows, with all that is nested in it; nothing when no block follows. */
  skipBlock(): void {
    this.#skipNext = true;
  }

  #statement<Target>(table: KeywordTable<Target>, target: Target, line: SourceLine): void {
    if (this.#skipNext) {
      this.#skipNext = false;
      if (line.text.text === "{") {
        this.#skipToEnd();
        return;
      }
    }
    if (line.text.text === "{") {
      this.#complainAt(
        line,
        "ERR_CONFIG_UNEXPECTED_BLOCK",
        "Unexpected '{' - ignoring",
        "no block belongs here",
      );
      return;
    }
    const { words, openQuote } = splitWords(line.text);
    const first = words[0]?.text;
    const keyword = first === undefined ? undefined : table.get(first);
    const statement = this.#split(line, keyword?.command === true);
    if (statement.words.length === 0) return;
    if (keyword === undefined) {
      this.#unknown(table, statement);
      return;
    }
    this.#expectsSecret = false;
    const missing = statement.words.length;
    if (missing <= keyword.required && openQuote !== undefined) return;
    if (missing <= keyword.required) {
      this.#stopped = true;
      statement.refuse(
        "ERR_CONFIG_MISSING_PARAMETER",
        `*** Configuration line starting \`${keyword.name}\` is missing a parameter after keyword ` +
          `\`${statement.required(missing - 1)}\` at word position ${missing + 1}`,
        missing,
        `write: ${keyword.name} ${keyword.argument}`,
      );
      return;
    }
    if (target instanceof PlacedDraft) target.remember(keyword.name, statement.placeOf(0));
    if (keyword.form === "block" && this.#level >= MAX_BLOCK_DEPTH) this.skipBlock();
    else keyword.read(target, statement, this);
  }

  #unknown<Target>(table: KeywordTable<Target>, statement: Statement): void {
    const word = statement.keyword;
    const suggestion = word === "}" || !this.reporter.wantsHints ? undefined : table.suggest(word);
    const hint = suggestion === undefined ? undefined : `did you mean '${suggestion}'?`;
    const code = "ERR_CONFIG_UNKNOWN_KEYWORD";
    const known = word === "}" || suggestion !== undefined || introducesSecret(word);
    if (this.#expectsSecret || (table.hasSecrets && !known)) {
      // The value on a line of its own, or with its keyword forgotten.
      const place = statement.placeOf(0);
      const raw = `${place.raw.slice(0, place.column - 1)}${MASK}`;
      this.reporter.complain(code, `Unknown keyword '${MASK}'`, { ...place, raw });
    } else statement.complain(code, `Unknown keyword '${maskWord(word)}'`, 0, hint);
    this.#expectsSecret = statement.words.length === 1 && word !== "}" && introducesSecret(word);
  }

  /** Skips to the `}` that closes the `{` just read. */
  #skipToEnd(): void {
    for (let depth = 1; depth > 0; ) {
      const line = this.#nextLine();
      if (line === undefined) return;
      if (line.text.text === "{") depth++;
      else if (line.text.text === "}") depth--;
    }
  }

  #nextLine(): SourceLine | undefined {
    const line = this.#lines.next();
    if (line === undefined) return undefined;
    this.#last = line;
    if (line.text.text === "{") this.#braces++;
    else if (line.text.text === "}" && --this.#braces < 0) {
      this.#braces = 0;
      this.#complainAt(line, "ERR_CONFIG_EXTRA_END_OF_BLOCK", "Extra '}' found", "no '{' is open here");
    }
    return line;
  }

  #split(line: SourceLine, command: boolean): Statement {
    const { words, openQuote } = splitWords(line.text);
    if (openQuote !== undefined && !(command && words.length > 1)) {
      const shown = words.some((word) => introducesSecret(word.text))
        ? `${words[0]?.text ?? ""} ${MASK}`
        : maskSecrets(line.text.text);
      this.#complainAt(line, "ERR_CONFIG_UNMATCHED_QUOTE", `Unmatched quote: '${shown}'`, 'close the "');
    }
    return new Statement(line, words, this.reporter);
  }

  #complainAt(line: SourceLine, code: string, message: string, hint: string): void {
    this.reporter.complain(code, message, placeIn(line), hint);
  }
}
