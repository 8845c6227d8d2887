/** Keeps passwords and keys out of diagnostics. */

import { editDistance } from "./suggest.js";

/** What stands in place of a secret. */
export const MASK = "********";

/** Keywords whose arguments are secret. */
const SECRET_KEYWORDS: readonly string[] = ["auth_pass", "password", "key"];

/** Misspellings of these mask too. */
const GUESSED_KEYWORDS: readonly string[] = ["auth_pass", "password"];

/** Longest word that is taken for a misspelling. */
const MAX_GUESSED = 24;

/** True when what follows `word` is a secret: `auth_pass` and its like, and what is nearly spelt so. */
export function introducesSecret(word: string): boolean {
  if (SECRET_KEYWORDS.includes(word)) return true;
  const lower = word.toLowerCase();
  if (word.length <= 6) {
    // `kye`, `keys`: with the letters of it, as there is little to measure a distance by.
    if (lower.includes("k") && /[ey]/.test(lower) && editDistance(lower, "key", 2) <= 2) return true;
    if (word.length < 6) return false;
  }
  if (word.length > MAX_GUESSED) return false;
  return lower.includes("pass") || GUESSED_KEYWORDS.some((keyword) => editDistance(lower, keyword, 2) <= 2);
}

/**
 * A source line with everything after a secret keyword replaced by {@link MASK}, up to a closing brace or the end of the
 * line; the value of a `$NAME=` definition whose name speaks of a password or key likewise.
 */
export function maskSecrets(line: string): string {
  const definition = /^(\s*\$[A-Za-z0-9_]*(?:pass|secret|key)[A-Za-z0-9_]*\s*=\s*)\S/i.exec(line);
  if (definition?.[1] !== undefined) return definition[1] + MASK;
  const repetition = /^\s*~(?:SEQ|LST)/.exec(line)?.[0];
  // The values stand before the keyword that they are for.
  if (repetition !== undefined && line.split(/[^\w-]+/).some(introducesSecret)) return repetition + MASK;
  const words = /[^\s{}]+/g;
  for (let found = words.exec(line); found !== null; found = words.exec(line)) {
    if (!introducesSecret(found[0])) continue;
    const end = found.index + found[0].length;
    const rest = line.slice(end);
    const blanks = /^[ \t]*/.exec(rest)?.[0] ?? "";
    if (rest.length === blanks.length || rest.charAt(blanks.length) === "{") continue;
    const close = /[ \t]*\}\s*$/.exec(rest)?.[0] ?? "";
    return line.slice(0, end) + blanks + MASK + close;
  }
  return line;
}
