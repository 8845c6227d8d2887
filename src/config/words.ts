/** A statement's words: the plain splitting of most keywords and the shell-like one of commands. */

import { isBlank, type MappedText } from "./mapped-text.js";

/** A word and where it starts. */
export interface Word {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

/** Words, or what is wrong with the quotes. */
export interface WordList {
  readonly words: readonly Word[];
  /** The quote character that is not closed. */
  readonly openQuote: '"' | "'" | undefined;
}

/**
 * Splits on blanks. `"a b"` is one word without its quotes; a `"` inside a word ends that word; no escapes. The words
 * before an unmatched quote are kept.
 */
export function splitWords(line: MappedText): WordList {
  const text = line.text;
  const words: Word[] = [];
  let i = 0;
  for (;;) {
    while (i < text.length && isBlank(text.charCodeAt(i))) i++;
    if (i >= text.length) return { words, openQuote: undefined };
    const start = i;
    if (text.charAt(i) === '"') {
      const close = text.indexOf('"', i + 1);
      if (close < 0) return { words, openQuote: '"' };
      words.push({ text: text.slice(start + 1, close), column: line.columnAt(start) });
      i = close + 1;
      continue;
    }
    while (i < text.length && !isBlank(text.charCodeAt(i)) && text.charAt(i) !== '"') i++;
    words.push({ text: text.slice(start, i), column: line.columnAt(start) });
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["E", "\x1b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/** How backslashes outside of `'…'` and inside of it are taken: replaced by what they stand for, or left as they are. */
export type Backslashes = "replaced" | "kept";

/**
 * Splits as keepalived splits commands: `'…'` and `"…"` quote, adjacent pieces join. Backslashes count inside both quotes.
 * `replaced`: `\n`, `\012`, `\x0a`, `\cJ` and the like are the character, any other `\c` is c. `kept`: a backslash protects the
 * next character and both stay. A NUL ends its word. A backslash at the end leaves no words.
 */
export function splitShellWords(line: MappedText, backslashes: Backslashes): WordList {
  const text = line.text;
  const words: Word[] = [];
  let quote: '"' | "'" | undefined;
  let i = 0;
  for (;;) {
    while (i < text.length && isBlank(text.charCodeAt(i))) i++;
    if (i >= text.length) return { words, openQuote: undefined };
    const start = i;
    let word = "";
    while (i < text.length) {
      const character = text.charAt(i);
      if (character === "\\") {
        if (i + 1 >= text.length) return { words: [], openQuote: quote };
        const escaped =
          backslashes === "replaced" ? readEscape(text, i + 1) : { text: text.slice(i, i + 2), end: i + 2 };
        word += escaped.text;
        i = escaped.end;
      } else if (quote !== undefined) {
        if (character === quote) quote = undefined;
        else word += character;
        i++;
      } else if (character === '"' || character === "'") {
        quote = character;
        i++;
      } else if (isBlank(text.charCodeAt(i))) break;
      else {
        word += character;
        i++;
      }
    }
    if (quote !== undefined) return { words, openQuote: quote };
    words.push({ text: word.split("\0")[0] ?? "", column: line.columnAt(start) });
  }
}

/** The character of an escape whose letter is at `at`, and the index behind it. Of a number with too many digits the low byte counts. */
function readEscape(text: string, at: number): { text: string; end: number } {
  const letter = text.charAt(at);
  const hex = /^x([0-9a-fA-F]+)/.exec(text.slice(at));
  if (hex?.[1] !== undefined) return { text: byte(hex[1].slice(-2), 16), end: at + hex[0].length };
  if (letter === "c" && at + 1 < text.length) {
    return { text: String.fromCharCode(text.charCodeAt(at + 1) & 0x1f), end: at + 2 };
  }
  const octal = /^[0-7]{1,3}/.exec(text.slice(at, at + 3));
  if (octal !== null) return { text: byte(octal[0], 8), end: at + octal[0].length };
  return { text: ESCAPES.get(letter) ?? letter, end: at + 1 };
}

function byte(digits: string, base: number): string {
  return String.fromCharCode(Number.parseInt(digits, base) & 0xff);
}
