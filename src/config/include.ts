/** The `include` statement and its strict variants: which files it names and which failures are errors. */

import { MAX_ALTERNATIVES } from "./bounds.js";
import { directoryOf, expandBraces, type FileSource } from "./file-source.js";

/** What must hold for an include not to be an error. */
export interface IncludeChecks {
  /** Every matching file can be read. */
  readonly read: boolean;
  /** At least one file matches. */
  readonly match: boolean;
  /** A pattern with wildcards matches something. */
  readonly wildcardMatch: boolean;
  /** Each alternative of a brace group matches something. */
  readonly braceMatch: boolean;
}

/** The checks of plain `include` unless `include_check` says otherwise. */
export const NO_CHECKS: IncludeChecks = {
  read: false,
  match: false,
  wildcardMatch: false,
  braceMatch: false,
};

/** Every check: `includea`, and plain `include` with `-e`. */
export const ALL_CHECKS: IncludeChecks = { read: true, match: true, wildcardMatch: true, braceMatch: true };

/** A parsed include line. */
export interface IncludeStatement {
  readonly pattern: string;
  readonly checks: IncludeChecks;
}

const VARIANTS: ReadonlyMap<string, IncludeChecks> = new Map([
  ["include", NO_CHECKS],
  ["includer", { ...NO_CHECKS, read: true }],
  ["includem", { ...NO_CHECKS, read: true, match: true }],
  ["includew", { ...NO_CHECKS, read: true, match: true, wildcardMatch: true }],
  ["includeb", { ...NO_CHECKS, read: true, braceMatch: true }],
  ["includea", ALL_CHECKS],
]);

/** Recognises an include line; the pattern is the rest of the line. */
export function parseInclude(text: string): IncludeStatement | undefined {
  const match = /^(include[rmwbaRMWBA]?)[ \t]+(\S.*)$/.exec(text);
  const checks = VARIANTS.get(match?.[1]?.toLowerCase() ?? "");
  return checks === undefined || match?.[2] === undefined
    ? undefined
    : { pattern: match[2].trimEnd(), checks };
}

/** Either set of checks applies. */
export function joinChecks(a: IncludeChecks, b: IncludeChecks): IncludeChecks {
  return {
    read: a.read || b.read,
    match: a.match || b.match,
    wildcardMatch: a.wildcardMatch || b.wildcardMatch,
    braceMatch: a.braceMatch || b.braceMatch,
  };
}

/** The files an include names, in order, and what failed. */
export interface IncludedFiles {
  readonly paths: readonly string[];
  /** Nothing matched at all. */
  readonly missing: boolean;
  /** A check of the statement failed because of what did not match. */
  readonly failed: boolean;
}

/** Why there is no saying which files an include names. */
export interface TooManyFiles {
  readonly problem: string;
  readonly hint: string;
}

/** Looks up an include's files; relative patterns start at the directory of the including file. */
export function findIncluded(
  pattern: string,
  checks: IncludeChecks,
  including: string,
  files: FileSource,
): IncludedFiles | TooManyFiles {
  const directory = directoryOf(including);
  const alternatives = expandBraces(pattern);
  if (alternatives === undefined) {
    return {
      problem: `the braces of '${pattern}' stand for more than ${MAX_ALTERNATIVES} names`,
      hint: "use a pattern such as *.conf, or several include lines",
    };
  }
  const found: (readonly string[])[] = [];
  for (const alternative of alternatives) {
    const matched = isWildcard(alternative)
      ? files.glob(alternative, directory)
      : existing(alternative, directory, files);
    if (matched === undefined) {
      return {
        problem: `'${pattern}' has to look through more than may be looked through`,
        hint: "name the folder, so that only the last part of the pattern has wildcards",
      };
    }
    found.push(matched);
  }
  const paths = found.flat();
  const missing = paths.length === 0;
  const braceMissing = found.length > 1 && found.some((matched) => matched.length === 0);
  const failed =
    (checks.match && missing && !isWildcard(pattern)) ||
    (checks.wildcardMatch && missing && isWildcard(pattern)) ||
    (checks.braceMatch && (braceMissing || missing));
  return { paths, missing, failed };
}

function isWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** The one path of a pattern without wildcards, if there is something there. */
function existing(pattern: string, directory: string, files: FileSource): readonly string[] {
  const path =
    pattern.startsWith("/") || directory === "."
      ? pattern
      : `${directory === "/" ? "" : directory}/${pattern}`;
  return files.exists(path) ? [path] : [];
}
