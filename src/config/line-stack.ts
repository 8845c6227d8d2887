/**
 * Where lines come from: files that include others, and texts that stand in the place of a line, as repetitions and definitions
 * do. The topmost is read first. The bounds on what that comes to are here.
 */

import { MAX_DEPTH, MAX_FILES, MAX_LINE_BYTES, MAX_LINES, MAX_TOTAL_BYTES } from "./bounds.js";
import { stripComment } from "./comments.js";
import type { FileSource } from "./file-source.js";
import { findIncluded, type IncludeChecks, NO_CHECKS } from "./include.js";
import { MappedText } from "./mapped-text.js";
import { type PhysicalLine, PhysicalLines } from "./physical-lines.js";
import type { Reporter } from "./reporter.js";
import { placeIn, type SourceLine } from "./source-line.js";

/** An open file. */
interface OpenFile {
  readonly kind: "file";
  readonly path: string;
  /** What the file is, however it was named. */
  readonly identity: string;
  readonly lines: PhysicalLines;
  /** Lines read. */
  number: number;
  /** The include that named it. */
  readonly at: SourceLine | undefined;
  /** Files to be read after this one, matched by the same include. */
  readonly remaining: readonly string[];
  readonly checks: IncludeChecks;
  /** What plain `include` checked when this file was opened, restored at its end. */
  readonly outerChecks: IncludeChecks;
}

/** A text that is read in place of a line. */
export interface Insertion {
  readonly kind: "insertion";
  readonly origin: SourceLine;
  /** Its next line, undefined at its end. */
  next(): MappedText | undefined;
}

/** The stack of everything that is being read. */
export class LineStack {
  /** What plain `include` checks, besides what it says itself, until the end of the current file. */
  plainChecks: IncludeChecks;
  readonly #files: FileSource;
  readonly #reporter: Reporter;
  readonly #stack: (OpenFile | Insertion)[] = [];
  #filesRead = 0;
  #includes = 0;
  #bytesRead = 0;
  #linesRead = 0;

  constructor(files: FileSource, reporter: Reporter, plainChecks: IncludeChecks) {
    this.#files = files;
    this.#reporter = reporter;
    this.plainChecks = plainChecks;
  }

  /** Opens the first file. False when it cannot be read; that is reported by the caller. */
  open(path: string): boolean {
    return this.#openFirst([path], NO_CHECKS, undefined);
  }

  /** Reads a text next, then what is left of the files. */
  insert(insertion: Insertion): void {
    this.#push(insertion, insertion.origin);
  }

  /** The next line without its comment, possibly empty; undefined at the end of everything. */
  next(): SourceLine | undefined {
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      const line = top.kind === "file" ? this.#nextOfFile(top) : nextOfInsertion(top);
      if (line === undefined) this.#leave(top);
      else if (line.text.text === "" || ++this.#linesRead <= MAX_LINES) return line;
      else {
        const hint = "repetitions multiply when they are nested, and so do files that are included often";
        this.giveUp(`the configuration comes to more than ${MAX_LINES} lines`, line, hint);
      }
    }
    return undefined;
  }

  /** Reads the files of an include statement next. */
  include(pattern: string, checks: IncludeChecks, at: SourceLine): void {
    if (++this.#includes > MAX_FILES) {
      this.giveUp(`more than ${MAX_FILES} include statements`, at, "include a folder with one pattern");
      return;
    }
    const found = findIncluded(pattern, checks, at.file, this.#files);
    if ("problem" in found) {
      this.giveUp(found.problem, at, found.hint);
      return;
    }
    if (found.missing || found.failed)
      this.#notIncluded(`Config files missing '${pattern}'.`, at, found.failed);
    this.#openFirst(found.paths, checks, at);
  }

  /** Reads nothing any more and says why: half a configuration must not run. */
  giveUp(message: string, at: SourceLine | undefined, hint: string): void {
    this.#stack.length = 0;
    const place = at === undefined ? undefined : placeIn(at);
    this.#reporter.giveUp("ERR_CONFIG_TOO_LARGE", message, place, hint);
  }

  #nextOfFile(file: OpenFile): SourceLine | undefined {
    const physical = file.lines.next();
    return physical === undefined ? undefined : this.#uncomment(physical, file.path, ++file.number);
  }

  #uncomment({ text, problem }: PhysicalLine, file: string, number: number): SourceLine {
    const empty = { text: MappedText.ofLine(""), file, number, raw: text };
    if (problem === "nul") {
      const message = "configuration appears to have embedded NULs - ignoring line";
      this.#complain("ERR_CONFIG_BAD_LINE", message, empty, "save the file as text in UTF-8");
      return empty;
    }
    if (problem === "too-long") {
      const hint = `a line may have ${MAX_LINE_BYTES} bytes: write several lines, or a shorter comment`;
      this.#complain("ERR_CONFIG_BAD_LINE", "line too long - ignoring", empty, hint);
      return empty;
    }
    const { line, unterminatedQuote } = stripComment(MappedText.ofLine(text));
    return { ...empty, text: line, ...(unterminatedQuote ? { openQuote: true as const } : {}) };
  }

  #leave(top: OpenFile | Insertion): void {
    this.#stack.pop();
    if (top.kind !== "file") return;
    this.plainChecks = top.outerChecks;
    this.#openFirst(top.remaining, top.checks, top.at);
  }

  /** Opens the first of `paths` that can be read; the others follow when it is at its end. */
  #openFirst(paths: readonly string[], checks: IncludeChecks, at: SourceLine | undefined): boolean {
    for (const [i, path] of paths.entries()) {
      if (++this.#filesRead > MAX_FILES) {
        this.giveUp(
          `more than ${MAX_FILES} configuration files`,
          at,
          "put what belongs together in one file",
        );
        return false;
      }
      const read = this.#files.read(path);
      if (read.ok) return this.#openFile(path, read, { remaining: paths.slice(i + 1), checks, at });
      if (read.kind === "large") {
        const hint = "is it a configuration? Then split it into files and include them";
        this.giveUp(`Configuration file '${path}' ${read.problem}`, at, hint);
        return false;
      }
      this.#notIncluded(`Configuration file '${path}' ${read.problem} - skipping`, at, checks.read);
    }
    return false;
  }

  #openFile(
    path: string,
    { bytes, identity }: { readonly bytes: Uint8Array; readonly identity: string },
    options: { remaining: readonly string[]; checks: IncludeChecks; at: SourceLine | undefined },
  ): boolean {
    const { remaining, checks, at } = options;
    const open = this.#stack.filter((one) => one.kind === "file");
    const before = open.findIndex((file) => file.identity === identity);
    if (before >= 0) {
      const by = open.slice(before + 1).map((file) => `'${file.path}'`);
      const through = by.length === 0 ? "" : ` through ${by.join(", ")}`;
      const hint = "take out this include, or let its pattern leave the file out";
      this.giveUp(`Configuration file '${path}' includes itself${through}`, at, hint);
      return false;
    }
    this.#bytesRead += bytes.length;
    if (this.#bytesRead > MAX_TOTAL_BYTES) {
      const hint = "is a large file included again and again?";
      this.giveUp(`the configuration files have more than ${MAX_TOTAL_BYTES >> 20} MiB together`, at, hint);
      return false;
    }
    const lines = new PhysicalLines(bytes);
    if (lines.byteOrderMark) {
      this.#reporter.note(
        "ERR_CONFIG_BYTE_ORDER_MARK",
        "the file starts with a byte order mark, keepalived would not know its first word",
        { file: path, line: 1, column: 1, raw: new PhysicalLines(bytes).next()?.text ?? "" },
      );
    }
    const outerChecks = this.plainChecks;
    return this.#push(
      { kind: "file", path, identity, lines, number: 0, at, remaining, checks, outerChecks },
      at,
    );
  }

  #push(supplier: OpenFile | Insertion, at: SourceLine | undefined): boolean {
    if (this.#stack.length >= MAX_DEPTH) {
      const hint = "bring it nearer to the first file";
      this.giveUp(`includes, definitions and sequences nested more than ${MAX_DEPTH} deep`, at, hint);
      return false;
    }
    this.#stack.push(supplier);
    return true;
  }

  /** What an include does not read: an error when it checks for that. */
  #notIncluded(message: string, at: SourceLine | undefined, checked: boolean): void {
    const place = at === undefined ? undefined : placeIn(at);
    if (checked) this.#reporter.refuse("ERR_CONFIG_INCLUDE", message, place);
    else if (place !== undefined) this.#reporter.note("ERR_CONFIG_INCLUDE", message, place);
  }

  #complain(code: string, message: string, line: SourceLine, hint?: string): void {
    this.#reporter.complain(code, message.replaceAll("\t", " "), placeIn(line), hint);
  }
}

function nextOfInsertion({ next, origin }: Insertion): SourceLine | undefined {
  const text = next();
  return text === undefined ? undefined : { ...origin, text };
}
