/**
 * Keywords that take one checked value: what is wrong with the value is said first, then what it means for the keyword, in
 * keepalived's two lines.
 */

import { type Keyword, line } from "../keyword-table.js";
import { readDecimal, readSigned, readSwitch, readUnsigned } from "../numbers.js";
import type { Statement } from "../statement.js";

/** What to say about a keyword and its value. */
export interface ValueText<Target> {
  /** Notation of the manual. */
  readonly argument: string;
  readonly doc: string;
  readonly code: string;
  /** What is said without a value; absent: keepalived ends at once. */
  readonly missing?: string | ((target: Target) => string);
  /** The second line about a bad value; absent: the first is all. */
  readonly bad?: (value: string, target: Target) => string;
}

/** Limits of a number. */
export interface NumberLimits {
  readonly low: number;
  readonly high: number;
  /** Negative numbers are out of range rather than no numbers at all. */
  readonly signed?: boolean;
}

/** What becomes of a value that is good. */
export type Apply<Target, Value> = (target: Target, value: Value, statement: Statement) => void;

/** Reads one word and says what it is; undefined after a complaint about it. */
type Read<Value> = (statement: Statement) => Value | undefined;

/** The keyword for one way of reading. */
export function valueKeyword<Target, Value>(
  name: string,
  text: ValueText<Target>,
  read: Read<Value>,
  apply: Apply<Target, Value> = () => undefined,
): Keyword<Target> {
  const { argument, doc, code, missing, bad } = text;
  const form = missing === undefined ? { argument, doc } : { argument, doc, required: 0 };
  return line(name, form, (target, statement) => {
    const word = statement.word(1);
    if (word === undefined && missing !== undefined) {
      const message = typeof missing === "string" ? missing : missing(target);
      statement.complain(code, message, 1, `write: ${name} ${argument}`);
      return;
    }
    const value = read(statement);
    if (value !== undefined) apply(target, value, statement);
    else if (bad !== undefined) statement.complain(code, bad(word ?? "", target), 1);
  });
}

/** A whole number. */
export function numberKeyword<Target>(
  name: string,
  text: ValueText<Target>,
  { low, high, signed = false }: NumberLimits,
  apply?: Apply<Target, number>,
): Keyword<Target> {
  const read = signed ? readSigned : readUnsigned;
  return valueKeyword(name, text, (statement) => read(statement, 1, low, high), apply);
}

/** A number with decimals; limits in units of 10^-places. */
export function decimalKeyword<Target>(
  name: string,
  text: ValueText<Target>,
  limits: { readonly low: number; readonly high: number; readonly places: number },
  apply?: Apply<Target, number>,
): Keyword<Target> {
  return valueKeyword(name, text, (statement) => readDecimal(statement, 1, limits), apply);
}

/** A switch, on without a value. */
export function switchKeyword<Target>(
  name: string,
  text: Omit<ValueText<Target>, "argument" | "missing">,
  apply?: Apply<Target, boolean>,
): Keyword<Target> {
  return valueKeyword(name, { argument: "[BOOL]", ...text }, readSwitch, apply);
}

/** Any word. */
export function wordKeyword<Target>(
  name: string,
  text: Omit<ValueText<Target>, "bad">,
  apply?: Apply<Target, string>,
): Keyword<Target> {
  return valueKeyword(name, text, (statement) => statement.word(1), apply);
}
