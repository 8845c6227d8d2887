/** A line of configuration on its way from the file to a statement. */

import type { MappedText } from "./mapped-text.js";
import type { Place } from "./reporter.js";

/** A line of text with its origin. The block parser gets `{`, `}`, or text without braces outside quotes. */
export interface SourceLine {
  readonly text: MappedText;
  readonly file: string;
  /** From 1. */
  readonly number: number;
  /** The physical line as written. */
  readonly raw: string;
  /** A `"` is not closed before the line ends. */
  readonly openQuote?: true;
}

/** The place of a character of a line; without `column`: of its first one. */
export function placeIn(line: SourceLine, column: number = line.text.columnAt(0)): Place {
  return { file: line.file, line: line.number, column, raw: line.raw };
}
