/** The command line in the log, as keepalived wraps it. */

/** Longest line, characters. */
const WIDTH = 102;

const HEAD = "Command line:";

/** One line, or several aligned under the first word. */
export function commandLines(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = HEAD;
  for (const word of words) {
    const quoted = ` '${word}'`;
    if (line.length + quoted.length > WIDTH) {
      lines.push(line);
      line = " ".repeat(HEAD.length);
    }
    line += quoted;
  }
  return [...lines, line];
}
