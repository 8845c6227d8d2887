/** One statement of a configuration: its words, and complaints about it in keepalived's form. */

import { MappedText } from "./mapped-text.js";
import type { Place, Reporter } from "./reporter.js";
import { maskSecrets } from "./secrets.js";
import { placeIn, type SourceLine } from "./source-line.js";
import { nearest } from "./suggest.js";
import { splitShellWords, type Word } from "./words.js";

/** A line with its words, the keyword first. */
export class Statement {
  readonly words: readonly Word[];
  readonly line: SourceLine;
  readonly #reporter: Reporter;

  constructor(line: SourceLine, words: readonly Word[], reporter: Reporter) {
    this.line = line;
    this.words = words;
    this.#reporter = reporter;
  }

  /** The first word. */
  get keyword(): string {
    return this.words[0]?.text ?? "";
  }

  /** The words behind the keyword. */
  get args(): readonly string[] {
    return this.words.slice(1).map((word) => word.text);
  }

  /** The word at an index, 0 being the keyword; undefined when there is none. */
  word(index: number): string | undefined {
    return this.words[index]?.text;
  }

  /** The word at an index that a table entry declared as required, so that it is there. */
  required(index: number): string {
    return this.words[index]?.text ?? "";
  }

  /** Where a word starts; of a missing word: where the line ends. */
  placeOf(index: number): Place {
    const column = this.words[index]?.column ?? this.line.text.columnAt(this.line.text.text.length);
    return placeIn(this.line, column);
  }

  /**
   * The same line split for commands, with escapes, as keepalived 2.2 and 2.3.1 do. The reason is reported when a quote is not
   * closed.
   */
  commandWords(): readonly Word[] | undefined {
    const { words, openQuote } = splitShellWords(this.line.text, "replaced");
    if (openQuote === undefined) return words;
    this.complain(
      "ERR_CONFIG_UNMATCHED_QUOTE",
      `String '${maskSecrets(this.line.text.text)}': missing terminating ${openQuote}`,
      0,
      `close the ${openQuote}`,
    );
    return undefined;
  }

  /** The arguments of a command word: split once more, with escapes. */
  commandArguments(command: string, index: number): readonly string[] | undefined {
    const { words, openQuote } = splitShellWords(MappedText.at(command, 1), "replaced");
    if (openQuote === undefined) return words.map((word) => word.text);
    this.complain(
      "ERR_CONFIG_UNMATCHED_QUOTE",
      `String '${command}': missing terminating ${openQuote}`,
      index,
    );
    return undefined;
  }

  /** The arguments as keepalived reads them since 2.3.2: escapes count only when the command word is split. */
  laterCommandArguments(): readonly string[] | undefined {
    const [, command] = splitShellWords(this.line.text, "kept").words;
    if (command === undefined) return undefined;
    const { words, openQuote } = splitShellWords(MappedText.at(command.text, 1), "replaced");
    return openQuote === undefined ? words.map((word) => word.text) : undefined;
  }

  /** The known word that the one at `index` is probably meant for; of very many mistakes, the first ones only. */
  suggest(index: number, known: Iterable<string>): string | undefined {
    return this.#reporter.wantsHints ? nearest(this.required(index), known) : undefined;
  }

  /** What keepalived complains about but starts with; `index` is the word it is about. */
  complain(code: string, message: string, index = 0, hint?: string): void {
    this.#reporter.complain(code, message, this.placeOf(index), hint);
  }

  /** Worth knowing, without effect on any exit status. */
  note(code: string, message: string, index = 0, hint?: string): void {
    this.#reporter.note(code, message, this.placeOf(index), hint);
  }

  /** Keeps the daemon from starting. */
  refuse(code: string, message: string, index = 0, hint?: string): void {
    this.#reporter.refuse(code, message, this.placeOf(index), hint);
  }
}
