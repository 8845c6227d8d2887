/** How the pure config layer gets at files: a synchronous object that the caller passes in. */

import { MAX_ALTERNATIVES, MAX_FILE_BYTES } from "./bounds.js";

/** A file's bytes, or why there are none. */
export type FileRead =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array;
      /** The same for one file by whatever path it is reached. */
      readonly identity: string;
    }
  | {
      readonly ok: false;
      /** `large`: over {@link MAX_FILE_BYTES}. `other`: there, but not to be read, as keepalived skips it. */
      readonly kind: "missing" | "large" | "other";
      /** What is said behind the file's name, in keepalived's words: `is a directory`. */
      readonly problem: string;
    };

/** Reading of configuration files. Never throws. */
export interface FileSource {
  /** The whole file, unless it is too large. Directories, devices and executable files are refused, as keepalived skips them. */
  read(path: string): FileRead;
  /** True when there is something at this path, whatever it is. */
  exists(path: string): boolean;
  /**
   * Paths that match `pattern` (`*`, `?`, `[…]`; no braces) in sorted order; a relative pattern starts at `directory`. Undefined
   * when that is more than may be looked at.
   */
  glob(pattern: string, directory: string): readonly string[] | undefined;
}

/** What is said of a file over the bound. */
export const TOO_LARGE = `is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB`;

/** What is said of a file that cannot be opened, for a reason such as `Permission denied`. */
export function openProblem(reason: string): string {
  return `open problem (${reason})`;
}

/** Files in memory, for tests and for a configuration that is a string. */
export class MemoryFiles implements FileSource {
  readonly #files: ReadonlyMap<string, Uint8Array>;

  /** `files`: absolute path to bytes. */
  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = files;
  }

  read(path: string): FileRead {
    const bytes = this.#files.get(path);
    if (bytes === undefined)
      return { ok: false, kind: "missing", problem: openProblem("No such file or directory") };
    if (bytes.length > MAX_FILE_BYTES) return { ok: false, kind: "large", problem: TOO_LARGE };
    return { ok: true, bytes, identity: path };
  }

  exists(path: string): boolean {
    return this.#files.has(path);
  }

  glob(pattern: string, directory: string): readonly string[] {
    const absolute = pattern.startsWith("/") ? pattern : `${directory === "/" ? "" : directory}/${pattern}`;
    const matcher = wildcardMatcher(absolute);
    return [...this.#files.keys()].filter((path) => matcher(path)).sort();
  }
}

/** The directory of a path, as dirname(3). */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
}

/**
 * A predicate for one glob(7) pattern over whole paths: `*` and `?` do not match `/`. Linear backtracking: only the
 * last `*` of a path component is ever revisited.
 */
export function wildcardMatcher(pattern: string): (path: string) => boolean {
  const wanted = pattern.split("/");
  return (path) => {
    const given = path.split("/");
    return (
      given.length === wanted.length && wanted.every((part, i) => matchesComponent(part, given[i] ?? ""))
    );
  };
}

/** True when `name` matches one component of a glob pattern; a leading dot must be matched literally. */
export function matchesComponent(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let p = 0;
  let n = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (n < name.length) {
    const end = matchOne(pattern, p, name.charAt(n));
    if (end > 0) {
      p = end;
      n++;
    } else if (pattern.charAt(p) === "*") {
      starAt = p++;
      resumeAt = n;
    } else if (starAt >= 0) {
      p = starAt + 1;
      n = ++resumeAt;
    } else return false;
  }
  while (pattern.charAt(p) === "*") p++;
  return p === pattern.length;
}

/** Index behind the pattern element at `p` when it matches `character`; −1 when it does not or is a `*`. */
function matchOne(pattern: string, p: number, character: string): number {
  const wanted = pattern.charAt(p);
  if (wanted === "" || wanted === "*") return -1;
  if (wanted === "?") return p + 1;
  if (wanted === "\\" && p + 1 < pattern.length) return pattern.charAt(p + 1) === character ? p + 2 : -1;
  if (wanted !== "[") return wanted === character ? p + 1 : -1;
  let i = p + 1;
  const negated = pattern.charAt(i) === "!" || pattern.charAt(i) === "^";
  if (negated) i++;
  let matched = false;
  for (let first = true; ; first = false) {
    const low = pattern.charAt(i);
    if (low === "") return wanted === character ? p + 1 : -1;
    if (low === "]" && !first) break;
    if (pattern.charAt(i + 1) === "-" && pattern.charAt(i + 2) !== "]" && pattern.charAt(i + 2) !== "") {
      if (low <= character && character <= pattern.charAt(i + 2)) matched = true;
      i += 3;
    } else {
      if (low === character) matched = true;
      i++;
    }
  }
  return matched !== negated ? i + 1 : -1;
}

/**
 * The alternatives of `{a,b}` groups, as bash(1) brace expansion without ranges; unbalanced braces stay as they are. Undefined
 * when there are more than {@link MAX_ALTERNATIVES}.
 */
export function expandBraces(pattern: string): string[] | undefined {
  const pending = [pattern];
  const done: string[] = [];
  for (let text = pending.pop(); text !== undefined; text = pending.pop()) {
    const group = firstBraceGroup(text);
    if (group === undefined) done.push(text);
    else pending.push(...group.reverse());
    if (done.length + pending.length > MAX_ALTERNATIVES) return undefined;
  }
  return done;
}

/** `text` once for each alternative of its first balanced brace group. */
function firstBraceGroup(text: string): string[] | undefined {
  const open = text.indexOf("{");
  if (open < 0) return undefined;
  const cuts = [open];
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === "{") depth++;
    else if (character === "," && depth === 1) cuts.push(i);
    else if (character === "}" && --depth === 0) {
      cuts.push(i);
      return cuts
        .slice(1)
        .map((cut, n) => text.slice(0, open) + text.slice((cuts[n] ?? 0) + 1, cut) + text.slice(i + 1));
    }
  }
  return undefined;
}
