/** Pages of the manual as tests see them: entries with what they are about. */

import { readFileSync } from "node:fs";

/** A `.TP` entry. */
export interface ManualEntry {
  /** Section or subsection that it stands in. */
  readonly section: string;
  /** Its heads, without fonts and blanks that do not break: `--ca FILE`. */
  readonly heads: readonly string[];
  /** Everything up to the next entry. */
  readonly text: string;
}

/** The text of a page as a reader sees its words: without fonts, with plain hyphens. */
export function plainText(roff: string): string {
  return roff
    .replaceAll("\\-", "-")
    .replaceAll(/\\f[RBIP]/g, "")
    .replaceAll(/\\[~0]/g, " ")
    .replaceAll(/^\.(?:[BIR]{1,2}) /gm, "");
}

/** The words of one macro line: alternating arguments stand together, as in print. */
function headOf(line: string): string {
  const [macro = "", ...rest] = line.split(" ");
  const args = rest.join(" ").match(/"[^"]*"|\S+/g) ?? [];
  const joined = args.map((arg) => arg.replaceAll('"', "")).join(macro.length > 2 ? "" : " ");
  return plainText(joined).replaceAll(/\s+/g, " ").trim();
}

/** The entries of a page in `man/`. */
export function manualEntries(page: string): readonly ManualEntry[] {
  const lines = readFileSync(`man/${page}`, "utf8").trimEnd().split("\n");
  const entries: { section: string; heads: string[]; text: string }[] = [];
  let section = "";
  for (const [i, line] of lines.entries()) {
    const before = lines[i - 1];
    const title = /^\.S[HS] (.*)$/.exec(line)?.[1];
    if (title !== undefined) {
      section = plainText(title);
      // What follows belongs to no entry.
      entries.push({ section, heads: [], text: "" });
    } else if (before === ".TP") entries.push({ section, heads: [headOf(line)], text: "" });
    else if (before === ".TQ") entries.at(-1)?.heads.push(headOf(line));
    const last = entries.at(-1);
    if (last !== undefined) last.text += `${plainText(line)}\n`;
  }
  return entries.filter(({ heads }) => heads.length > 0);
}
