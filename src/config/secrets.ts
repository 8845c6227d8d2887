/** Keeps passwords and keys out of diagnostics, and leaves as much of a line as an operator needs to find the mistake. */

import { editDistance } from "./suggest.js";

/** What stands in place of a secret. */
export const MASK = "********";

/** Keywords whose arguments are secret. */
const SECRET_KEYWORDS: readonly string[] = ["auth_pass", "password", "key"];

/** Misspellings of these mask too. */
const GUESSED_KEYWORDS: readonly string[] = ["auth_pass", "password"];

/** How far into a word a keyword is looked for, characters. */
const LONGEST_NAME = 64;

/** What gives a secret away within a longer word. */
const SPEAKING = /pass|key|secret|token|psk/;

/** Longest word that is taken for a misspelling. */
const MAX_GUESSED = 24;

/** Words that speak of a key and are followed by none, and paths. */
const NO_SECRET = /^(?:active_key|passive|PASS)$|[/.]/;

/** Behind these, in the line, there may be secrets that no keyword introduces: in the wrong place, or as one word too many. */
const OPENS_SECRETS = /^(?:authentication|auth_hmac|auth_type|active_key)$/;

/** What else stands behind those. */
const HARMLESS =
  /^(?:auth_type|PASS|AH|MD5|HMAC|none|simple|text|active_key|\d{1,3}|time_window|anti_replay|time|monotonic|mode|enforce|permissive|receive-only)$/i;

/** True when what follows `word` is a secret: `auth_pass` and its like, and what is nearly spelt so. */
export function introducesSecret(word: string): boolean {
  if (SECRET_KEYWORDS.includes(word)) return true;
  if (word.length > MAX_GUESSED || NO_SECRET.test(word)) return false;
  const lower = word.toLowerCase();
  if (SPEAKING.test(lower)) return true;
  // `kye`, `kee`: with the letters of it, as there is little to measure a distance by.
  if (word.length <= 6 && /k/.test(lower) && /[ey]/.test(lower) && editDistance(lower, "key", 2) <= 2)
    return true;
  return word.length >= 6 && GUESSED_KEYWORDS.some((keyword) => editDistance(lower, keyword, 2) <= 2);
}

/** A word for a message, such as `auth_pass=hunter2`, without its secret. */
export function maskWord(word: string): string {
  return maskGlued(word) ?? maskAddresses(word);
}

/** A word that has its secret in itself, as something else than a blank was put between, masked from there on. */
function maskGlued(word: string): string | undefined {
  const start =
    /^["']?(?:auth_?pass(?:word|wd|phrase)?|[\w-]*(?:pass|key|secret|token|psk)[\w-]*(?=[^\w"'-]))/i.exec(
      word.length > LONGEST_NAME ? word.slice(0, LONGEST_NAME) : word,
    )?.[0];
  return start === undefined || start.length === word.length ? undefined : start + MASK;
}

/** A text with URLs, without passwords in them and without the values of parameters that speak of one. */
export function maskAddresses(text: string): string {
  return text
    .replaceAll(/:\/\/[^/\s@]*@/g, `://${MASK}@`)
    .replaceAll(/([?&][\w-]*(?:pass|key|secret|token|auth|sig)[\w-]*=)[^&\s"']+/gi, `$1${MASK}`);
}

/**
 * A source line with everything after a secret keyword replaced by {@link MASK}, up to a closing brace or the end of the line;
 * the value of a `$NAME=` definition likewise, as there is no saying what it is for.
 */
export function maskSecrets(line: string): string {
  const definition = /^(\s*(?:@\S+\s+)?\$[A-Za-z0-9_]*\s*=\s*)\S/.exec(line);
  if (definition?.[1] !== undefined) return definition[1] + MASK;
  const repetition = /^\s*~(?:SEQ|LST)/.exec(line)?.[0];
  // The values stand before the keyword that they are for.
  if (repetition !== undefined && line.split(/[^\w-]+/).some(introducesSecret)) return repetition + MASK;
  const words = /[^\s{}]+|\}/g;
  /** Behind a keyword of a block with secrets: what is none of its words may be one. */
  let amongSecrets = false;
  for (let found = words.exec(line); found !== null; found = words.exec(line)) {
    const [word] = found;
    const end = found.index + word.length;
    const glued = maskGlued(word);
    if (glued !== undefined) return line.slice(0, found.index) + glued + closing(line.slice(end));
    if (introducesSecret(word)) {
      const masked = maskFrom(line, end);
      if (masked !== undefined) return masked;
    } else if (word === "}" || /^[#!]/.test(word)) amongSecrets = false;
    else if (amongSecrets && !HARMLESS.test(word)) return maskFrom(line, found.index) ?? line;
    else amongSecrets ||= OPENS_SECRETS.test(word);
  }
  return maskAddresses(line);
}

/** The line with what follows the blanks at `end` masked; undefined when nothing follows. */
function maskFrom(line: string, end: number): string | undefined {
  const rest = line.slice(end);
  const blanks = /^[ \t]*/.exec(rest)?.[0] ?? "";
  if (rest.length === blanks.length || rest.charAt(blanks.length) === "{") return undefined;
  return line.slice(0, end) + blanks + MASK + closing(rest);
}

/** The closing brace at the end of a line, if there is one. */
function closing(rest: string): string {
  return /[ \t]*\}\s*$/.exec(rest)?.[0] ?? "";
}
