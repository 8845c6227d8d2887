/**
 * Numbers as keepalived reads them: decimal, with its messages. Where it says so, a number with something behind it counts
 * after a complaint (`10s` is 10), as it does when keepalived runs.
 */

import type { Statement } from "./statement.js";

/** Largest unsigned 32-bit number. */
export const UINT32_MAX = 4_294_967_295;

/** Largest signed 32-bit number. */
export const INT32_MAX = 2_147_483_647;

/** Largest unsigned 64-bit number, as near as a double comes. */
export const UINT64_MAX = 2 ** 64;

/** Most whole seconds that fit 32 bits of microseconds. */
export const MAX_SECONDS = 4_294;

const CODE = "ERR_CONFIG_INVALID_NUMBER";

/** A whole number ≥ 0 in [low, high]; undefined after a complaint. */
export function readUnsigned(
  statement: Statement,
  index: number,
  low: number,
  high: number,
): number | undefined {
  const text = statement.required(index);
  const range = `a whole number from ${low} to ${high}`;
  if (/^[ \t]*-/.test(text)) return complain(statement, index, `negative number '${text}'`, range);
  return readInteger(statement, index, { low, high, kind: "unsigned integer", range });
}

/** A whole number in [low, high]; undefined after a complaint. */
export function readSigned(
  statement: Statement,
  index: number,
  low: number,
  high: number,
): number | undefined {
  return readInteger(statement, index, {
    low,
    high,
    kind: "integer",
    range: `a whole number from ${low} to ${high}`,
  });
}

function readInteger(
  statement: Statement,
  index: number,
  wanted: { low: number; high: number; kind: string; range: string },
): number | undefined {
  const text = statement.required(index);
  const match = /^[ \t]*([+-]?[0-9]+)(.*)$/s.exec(text);
  if (match?.[1] === undefined) return complain(statement, index, `invalid number '${text}'`, wanted.range);
  const value = Number(match[1]);
  const inside = value >= wanted.low && value <= wanted.high;
  if (match[2] !== "") {
    complain(statement, index, `invalid number '${text}'`, inside ? `${value}` : wanted.range);
    return inside ? value : undefined;
  }
  const limit = wanted.kind === "integer" ? INT32_MAX : UINT32_MAX;
  if (value > limit || value < -limit - 1) {
    return complain(statement, index, `number '${text}' outside ${wanted.kind} range`, wanted.range);
  }
  if (!inside) {
    return complain(
      statement,
      index,
      `number '${text}' outside range [${wanted.low}, ${wanted.high}]`,
      wanted.range,
    );
  }
  return value;
}

/**
 * A decimal ≥ 0 with up to `places` decimals, in units of 10^-places; more decimals are rounded with a complaint.
 * `low` and `high` are in those units. `text`: what to read when it is only a part of the word. Undefined after a complaint.
 */
export function readDecimal(
  statement: Statement,
  index: number,
  limits: { low: number; high: number; places: number },
  text = statement.required(index),
): number | undefined {
  const { low, high, places } = limits;
  const range = `a number from ${fixed(low, places)} to ${fixed(high, places)}`;
  if (/^[ \t]*-/.test(text)) return complain(statement, index, `negative number '${text}'`, range);
  const match = /^[ \t]*\+?([0-9]*)(?:\.([0-9]*))?(.*)$/s.exec(text);
  const whole = match?.[1] ?? "";
  const decimals = match?.[2] ?? "";
  const rest = match?.[3] ?? "";
  // What does not begin with a number counts as 0 after the complaint, where 0 is in range.
  if (text === "") return complain(statement, index, `invalid number '${text}'`, range);
  if (decimals.length > places) {
    complain(
      statement,
      index,
      `number '${text}' has too many decimal places`,
      `at most ${places} decimal places`,
    );
  }
  const digits = whole + decimals.slice(0, places).padEnd(places, "0");
  const value = Number(digits) + (decimals.charAt(places) >= "5" ? 1 : 0);
  if (rest !== "") complain(statement, index, `invalid number '${text}'`, range);
  if (value > UINT64_MAX) {
    return complain(statement, index, `number '${text}' outside unsigned decimal range`, range);
  }
  if (value < low || value > high) {
    if (rest !== "") return undefined;
    const message = `number '${text}' outside range [${fixed(low, places)}, ${fixed(high, places)}]`;
    return complain(statement, index, message, range);
  }
  return value;
}

/** `count` units of 10^-places as decimal text with all its places. */
function fixed(count: number, places: number): string {
  if (places === 0) return String(count);
  const digits = String(count).padStart(places + 1, "0");
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** A switch: true without an argument, otherwise `on off true false yes no`; undefined when it is none of these. */
export function readSwitch(statement: Statement, index = 1): boolean | undefined {
  const text = statement.word(index);
  if (text === undefined || text === "true" || text === "on" || text === "yes") return true;
  return text === "false" || text === "off" || text === "no" ? false : undefined;
}

function complain(statement: Statement, index: number, message: string, hint: string): undefined {
  statement.complain(CODE, message, index, `expected ${hint}`);
  return undefined;
}
