/** Text of strangers on its way to people: scripts, servers, neighbours and files may write what they like. */

/**
 * What changes more than it shows: controls (new lines, escape sequences of terminals, their 8-bit forms), format characters (the
 * direction of writing, invisible ones), line and paragraph separators, halves of surrogate pairs. Unicode's general categories.
 */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The text on one line, in which every unfit character is a `?` and a tab a blank. Nothing of it can begin a line of its own, move a
 * terminal's cursor or turn the order of letters round.
 */
export function plainText(text: string): string {
  return text.replace(UNFIT, (character) => (character === "\t" ? " " : "?"));
}
