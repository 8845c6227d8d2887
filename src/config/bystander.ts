/**
 * What keepalived's other processes see. Each of them reads the whole file and skips, by counting braces, the blocks that
 * are not its own. Where braces are missing it loses its place at another line than the owner of the block, and complains
 * there: those complaints are the user's as well.
 */

import type { KeywordTable } from "./keyword-table.js";
import type { Reporter } from "./reporter.js";
import { introducesSecret, maskWord } from "./secrets.js";
import { placeIn, type SourceLine } from "./source-line.js";
import { splitWords } from "./words.js";

/** Reads along as a process that owns no block. */
export class Bystander<Target> {
  readonly #table: KeywordTable<Target>;
  readonly #reporter: Reporter;
  /** Braces open in the block being skipped. */
  #depth = 0;
  /** A block's keyword was read; a brace must follow. */
  #expectsBlock = false;
  /** A word that looks like a keyword with a secret stood alone. */
  #expectsSecret = false;

  constructor(table: KeywordTable<Target>, reporter: Reporter) {
    this.#table = table;
    this.#reporter = reporter;
  }

  /** Takes in the next logical line. */
  see(line: SourceLine): void {
    const { text } = line.text;
    if (this.#depth > 0) {
      if (text === "{") this.#depth++;
      else if (text === "}") this.#depth--;
      return;
    }
    const opens = this.#expectsBlock && text === "{";
    this.#expectsBlock = false;
    if (opens) this.#depth = 1;
    else if (text === "{") this.#complain(line, "ERR_CONFIG_UNEXPECTED_BLOCK", "Unexpected '{' - ignoring");
    else this.#statement(line);
  }

  #statement(line: SourceLine): void {
    const word = splitWords(line.text).words[0]?.text;
    if (word === undefined) return;
    const keyword = this.#table.get(word);
    const afterSecret = this.#expectsSecret;
    this.#expectsSecret = introducesSecret(word) && line.text.text === word;
    // The owner of the block has complained about what stands alone behind such a word.
    if (keyword === undefined && afterSecret) return;
    if (keyword === undefined) {
      this.#complain(line, "ERR_CONFIG_UNKNOWN_KEYWORD", `Unknown keyword '${maskWord(word)}'`);
    } else this.#expectsBlock = keyword.form !== "line";
  }

  #complain(line: SourceLine, code: string, message: string): void {
    if (this.#reporter.full) return;
    const hint = "a brace is missing or too many above";
    this.#reporter.complain(code, message, placeIn(line), hint);
  }
}
