/** The tables that drive the block parser: one entry per keyword with its arguments, its meaning and what it is for. */

import type { BlockParser } from "./block-parser.js";
import type { Statement } from "./statement.js";
import { nearest } from "./suggest.js";

/** How many suggestions a table remembers. */
const REMEMBERED = 200;

/** A keyword of a block whose contents go to a `Target`. */
export interface Keyword<Target> {
  readonly name: string;
  /** What follows, in the notation of the manual; empty for a bare word. */
  readonly argument: string;
  /** One line for help and completion. */
  readonly doc: string;
  /** Words that must follow; with fewer keepalived ends at once. */
  readonly required: number;
  /** `line`: one statement. `list`: a block of items, one a line. `block`: a block of keywords. */
  readonly form: "line" | "list" | "block";
  /** The line is split once more like a shell does, so an unmatched `"` is not reported when the line is first split. */
  readonly command: boolean;
  /** Names known inside, for a `block`. */
  readonly inner?: KeywordNames;
  /** Takes the statement in; for blocks and lists this reads on until their end. */
  read(target: Target, statement: Statement, parser: BlockParser): void;
}

/** The names in a table, for suggestions and completion. */
export interface KeywordNames {
  names(): Iterable<string>;
}

/** All keywords of a block by name. */
export class KeywordTable<Target> implements KeywordNames {
  /** Values here are secret: a line that no keyword begins may be one. */
  readonly hasSecrets: boolean;
  readonly #keywords: ReadonlyMap<string, Keyword<Target>>;
  /** As a mistake is often repeated. */
  readonly #suggested = new Map<string, string | undefined>();

  /** Entries in any order; names must differ. */
  constructor(keywords: readonly Keyword<Target>[], options: { readonly secrets?: true } = {}) {
    this.hasSecrets = options.secrets === true;
    this.#keywords = new Map(keywords.map((keyword) => [keyword.name, keyword]));
  }

  get(name: string): Keyword<Target> | undefined {
    return this.#keywords.get(name);
  }

  /** The name that `word` is probably meant for. */
  suggest(word: string): string | undefined {
    if (this.#suggested.has(word)) return this.#suggested.get(word);
    const found = nearest(word, this.#keywords.keys());
    if (this.#suggested.size < REMEMBERED) this.#suggested.set(word, found);
    return found;
  }

  names(): Iterable<string> {
    return this.#keywords.keys();
  }

  /** All entries, in the order of the table. */
  entries(): readonly Keyword<Target>[] {
    return [...this.#keywords.values()];
  }
}

/** Words for an entry besides its reader. */
export interface KeywordText {
  readonly argument?: string;
  readonly doc: string;
  /** Default: 1 when there is an argument that is not in `[…]`, else 0. */
  readonly required?: number;
  readonly command?: boolean;
}

/** A statement of one line. */
export function line<Target>(
  name: string,
  text: KeywordText,
  read: (target: Target, statement: Statement, parser: BlockParser) => void,
): Keyword<Target> {
  return { ...described(name, text), form: "line", read };
}

/** A block of items, one a line; `item` gets each line with its words from index 0. */
export function list<Target>(
  name: string,
  text: KeywordText,
  item: (target: Target, statement: Statement, parser: BlockParser) => void,
  ends: {
    open?: (target: Target, statement: Statement) => boolean;
    close?: (target: Target, ends: BlockEnds) => void;
  } = {},
): Keyword<Target> {
  return {
    ...described(name, { argument: "{…}", required: 0, ...text }),
    form: "list",
    read(target, statement, parser) {
      if (ends.open?.(target, statement) === false) {
        parser.skipBlock();
        return;
      }
      parser.readItems(statement, text.required ?? 0, (itemStatement) => item(target, itemStatement, parser));
      ends.close?.(target, { start: statement, end: parser.lastStatement(statement) });
    },
  };
}

/** The first and the last line of a block. */
export interface BlockEnds {
  readonly start: Statement;
  /** The closing brace: where keepalived places what it says about a block as a whole. */
  readonly end: Statement;
}

/**
 * A block of keywords. `open` makes what the block fills, or returns undefined after a complaint to skip the block;
 * `close` gets it at the end.
 */
export function block<Target, Inner>(
  name: string,
  text: KeywordText,
  table: KeywordTable<Inner>,
  ends: {
    open: (target: Target, statement: Statement, parser: BlockParser) => Inner | undefined;
    close?: (target: Target, inner: Inner, ends: BlockEnds) => void;
  },
): Keyword<Target> {
  return {
    ...described(name, { argument: "{…}", required: 0, ...text }),
    form: "block",
    inner: table,
    read(target, statement, parser) {
      const inner = ends.open(target, statement, parser);
      if (inner === undefined) parser.skipBlock();
      else {
        parser.readBlock(table, inner);
        ends.close?.(target, inner, { start: statement, end: parser.lastStatement(statement) });
      }
    },
  };
}

function described(
  name: string,
  text: KeywordText,
): { name: string; argument: string; doc: string; required: number; command: boolean } {
  const argument = text.argument ?? "";
  const required = text.required ?? (argument === "" || argument.startsWith("[") ? 0 : 1);
  return { name, argument, doc: text.doc, required, command: text.command ?? false };
}
