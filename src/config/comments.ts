/** Comments and outer blanks of a physical line. */

import type { MappedText } from "./mapped-text.js";

/** A line without its comment. */
export interface CommentFree {
  readonly line: MappedText;
  /** True when a `"` is not closed before the line ends. */
  readonly unterminatedQuote: boolean;
}

/**
 * Takes off a `#` or `!` comment and the blanks at both ends. `"…"` protects, `'…'` does not; `\#` and `\!` stand for the
 * plain character. A trailing `\` stays, without the blanks before it.
 */
export function stripComment(source: MappedText): CommentFree {
  let line = source.trim();
  let quoted = false;
  let continued = false;
  for (let i = 0; i < line.text.length; i++) {
    const character = line.text.charAt(i);
    if (character === '"') quoted = !quoted;
    else if (character === "\\") {
      const next = line.text.charAt(i + 1);
      if (next === "") {
        continued = true;
        break;
      }
      if (!quoted && (next === "#" || next === "!")) line = line.splice(i, i + 1, "");
      else i++;
    } else if (!quoted && (character === "#" || character === "!")) {
      line = line.slice(0, i);
      break;
    }
  }
  if (continued) {
    const backslash = line.text.length - 1;
    let end = backslash;
    while (end > 0 && (line.text.charAt(end - 1) === " " || line.text.charAt(end - 1) === "\t")) end--;
    if (end < backslash) line = line.splice(end, backslash, "");
  } else line = line.trim();
  return { line, unterminatedQuote: quoted };
}
