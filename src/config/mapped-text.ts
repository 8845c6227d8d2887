/** A line of configuration text that remembers, through cutting and substitution, which column each character came from. */

/** Immutable text with the source column of each of its characters. */
export class MappedText {
  readonly text: string;
  /** The column of each character; a number is the column of the first one, the others follow it. */
  readonly #columns: Uint16Array | number;

  private constructor(text: string, columns: Uint16Array | number) {
    this.text = text;
    this.#columns = columns;
  }

  /** A physical line: its first character is in column 1. */
  static ofLine(text: string): MappedText {
    return new MappedText(text, 1);
  }

  /** Text that stands for something at one place of the source, such as a line of a definition at its reference. */
  static at(text: string, column: number): MappedText {
    return new MappedText(text, new Uint16Array(text.length).fill(column));
  }

  /** Column, from 1, of the character at `index`; past the end: one behind the last character. */
  columnAt(index: number): number {
    if (typeof this.#columns === "number") return this.#columns + Math.min(index, this.text.length);
    const column = this.#columns[index];
    if (column !== undefined) return column;
    return (this.#columns.at(-1) ?? 0) + 1;
  }

  /** As `String.prototype.slice`, for indices that are not negative. */
  slice(start: number, end: number = this.text.length): MappedText {
    const columns =
      typeof this.#columns === "number" ? this.#columns + start : this.#columns.subarray(start, end);
    return new MappedText(this.text.slice(start, end), columns);
  }

  /** Without blanks and tabs at both ends. */
  trim(): MappedText {
    let start = 0;
    let end = this.text.length;
    while (start < end && isBlank(this.text.charCodeAt(start))) start++;
    while (end > start && isBlank(this.text.charCodeAt(end - 1))) end--;
    return start === 0 && end === this.text.length ? this : this.slice(start, end);
  }

  /** `replacement` in place of `start`…`end`; all of it comes from where the replaced text began. */
  splice(start: number, end: number, replacement: string): MappedText {
    const column = this.columnAt(start);
    const behind = start + replacement.length;
    const columns = new Uint16Array(behind + Math.max(0, this.text.length - end));
    const own = this.#columns;
    if (typeof own === "number") {
      for (let i = 0; i < start; i++) columns[i] = own + i;
      for (let i = behind; i < columns.length; i++) columns[i] = own + end + i - behind;
    } else {
      columns.set(own.subarray(0, start));
      columns.set(own.subarray(end), behind);
    }
    columns.fill(column, start, behind);
    return new MappedText(this.text.slice(0, start) + replacement + this.text.slice(end), columns);
  }
}

/** True for a space or a tab, the only word separators within a line. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
