/** `~SEQ(…)` and `~LST(…)`: a line repeated for numbers or listed values. */

import { MAX_REPETITIONS } from "./bounds.js";

/** A parsed repetition: for each round the definitions to set, and the rest of the line. */
export interface Repetition {
  readonly rounds: number;
  /** Name and value pairs of a round, from 0. Made when asked for, as nested repetitions are many. */
  round(index: number): readonly (readonly [string, string])[];
  /** Index in the source text where the line to repeat begins. */
  readonly restAt: number;
}

/** A repetition, or keepalived's complaint about it. */
export type RepetitionResult =
  | { readonly ok: true; readonly repetition: Repetition }
  /** `endless`: more repetitions than {@link MAX_REPETITIONS}, so that no part of them may count. */
  | { readonly ok: false; readonly message: string; readonly endless: boolean };

/** True for a line that starts a repetition. */
export function isRepetition(text: string): boolean {
  return text.startsWith("~SEQ") || text.startsWith("~LST");
}

/** Parses a line for which {@link isRepetition} holds. `expand` replaces references within the numbers of a ~SEQ. */
export function parseRepetition(text: string, expand: (text: string) => string): RepetitionResult {
  const result = text.startsWith("~SEQ") ? parseSequence(text, expand) : parseList(text);
  if (typeof result === "string") return { ok: false, message: result, endless: false };
  if (result.rounds > MAX_REPETITIONS) {
    const message = `~SEQ of ${result.rounds} repetitions, more than ${MAX_REPETITIONS} '${text}'`;
    return { ok: false, message, endless: true };
  }
  return { ok: true, repetition: result };
}

const SEQUENCE = /^~SEQ(x?)[ \t]*\([ \t]*([^ \t,){]+)[ \t]*,([^)]*)\)[ \t]*/;

function parseSequence(text: string, expand: (text: string) => string): Repetition | string {
  const match = SEQUENCE.exec(text);
  if (match?.[2] === undefined || match[3] === undefined) return `Invalid ~SEQ specification '${text}'`;
  const name = match[2];
  const numbers = expand(match[3])
    .split(",")
    .map((number) => parseCInteger(number.trim()));
  if (numbers.length > 3 || numbers.some((number) => number === undefined))
    return `Invalid ~SEQ definition '${text}'`;
  const given = numbers.filter((number) => number !== undefined);
  const last = given.at(-1) ?? 0;
  const first = given.length > 1 ? (given[0] ?? 1) : last < 0 ? -1 : 1;
  const direction = given.length > 1 ? (first <= last ? 1 : -1) : last < 1 ? -1 : 1;
  const step = given.length > 2 ? (given[1] ?? 0) : direction;
  if (step === 0 || (first < last && step < 0) || (first > last && step > 0))
    return `Invalid ~SEQ values '${text}'`;
  const hexadecimal = match[1] === "x";
  if (hexadecimal && (first < 0 || last < 0)) return `~SEQx is only valid for positive numbers '${text}'`;
  return {
    rounds: Math.floor(Math.abs(last - first) / Math.abs(step)) + 1,
    round: (index) => [[name, (first + index * step).toString(hexadecimal ? 16 : 10)]],
    restAt: match[0].length,
  };
}

/** An integer in C notation: decimal, 0x hexadecimal or 0 octal. */
export function parseCInteger(text: string): number | undefined {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
  const digits = match?.[2];
  if (digits === undefined) return undefined;
  const octal = /^0[0-7]+$/.test(digits);
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  if (!Number.isSafeInteger(value)) return undefined;
  return match?.[1] === "-" ? 0 - value : value;
}

function parseList(text: string): Repetition | string {
  const invalid = `Invalid ~LST specification '${text}'`;
  const open = /^~LST[ \t]*\([ \t]*/.exec(text);
  if (open === null) return invalid;
  let at = open[0].length;
  const groups: string[][] = [];
  for (;;) {
    const group = readGroup(text, at, groups.length === 0);
    if (group === undefined) return invalid;
    groups.push(group.items);
    at = group.end;
    const separator = text.charAt(at);
    if (separator === ")") break;
    if (separator !== ",") return invalid;
    at = skipBlanks(text, at + 1);
  }
  const [names, ...values] = groups;
  if (names === undefined || values.length === 0 || names.some((name) => name === "")) return invalid;
  if (values.some((items) => items.length > names.length))
    return `~LST specification has too many values '${text}'`;
  return {
    rounds: values.length,
    round: (index) => names.map((name, i) => [name, values[index]?.[i] ?? ""]),
    restAt: skipBlanks(text, at + 1),
  };
}

/** `{a,b}` or a single item, with the index of the separator behind it. */
function readGroup(
  text: string,
  start: number,
  isName: boolean,
): { items: string[]; end: number } | undefined {
  if (text.charAt(start) !== "{") {
    const end = scanTo(text, start, isName ? " \t,}" : " \t,})");
    return { items: [text.slice(start, end)], end: skipBlanks(text, end) };
  }
  const items: string[] = [];
  let at = skipBlanks(text, start + 1);
  for (;;) {
    const end = scanTo(text, at, " \t,}");
    items.push(text.slice(at, end));
    at = skipBlanks(text, end);
    if (text.charAt(at) === "}") return { items, end: skipBlanks(text, at + 1) };
    if (text.charAt(at) !== ",") return undefined;
    at = skipBlanks(text, at + 1);
  }
}

function scanTo(text: string, start: number, stops: string): number {
  let at = start;
  while (at < text.length && !stops.includes(text.charAt(at))) at++;
  return at;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (text.charAt(at) === " " || text.charAt(at) === "\t") at++;
  return at;
}
