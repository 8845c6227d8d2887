/** Remembers the lines that were read, so that they can be read again. */

import type { LineSource } from "./block-parser.js";
import type { Reporter } from "./reporter.js";
import type { SourceLine } from "./source-line.js";

/** Passes lines on, keeps them, and tells the reporter which one is being read. */
export class LineTape implements LineSource {
  readonly #source: LineSource;
  readonly #reporter: Reporter;
  readonly #lines: SourceLine[] = [];
  /** Lines of files before this one. */
  readonly #before: number;

  constructor(source: LineSource, reporter: Reporter) {
    this.#source = source;
    this.#reporter = reporter;
    this.#before = reporter.line;
  }

  next(): SourceLine | undefined {
    const line = this.#source.next();
    this.#reporter.line = this.#before + this.#lines.length + 1;
    if (line !== undefined) this.#lines.push(line);
    return line;
  }

  /** What was read so far, from the start. */
  replay(): LineSource {
    let at = 0;
    return {
      next: () => {
        const line = this.#lines[at++];
        this.#reporter.line = this.#before + at;
        return line;
      },
    };
  }
}
