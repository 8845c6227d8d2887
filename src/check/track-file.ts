/** What a `track_file` says: the number in it, and what that number means for whoever tracks it. */

/** How much of a file is read, bytes: keepalived's buffer. */
export const TRACK_FILE_BYTES = 127;

const INT32_MIN = -(2 ** 31);
/** keepalived's upper bound, one more than an int32 holds. */
const NUMBER_MAX = 2 ** 31;

/** Contributions at or below this are a FAULT. */
const FAULT_CONTRIBUTION = -254;

/** The largest contribution; more is taken for this. */
const MAX_CONTRIBUTION = 253;

/**
 * The number at the beginning of a file's text, in C notation (decimal, `0x`, leading `0` for octal); 0 when there is none.
 * Undefined when it is out of range: the file then keeps the number that it had.
 */
export function trackFileNumber(text: string): number | undefined {
  const match = /^[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))/.exec(text);
  if (match === null) return 0;
  const [, sign, hexadecimal, octal, decimal] = match;
  const value =
    hexadecimal !== undefined
      ? Number.parseInt(hexadecimal, 16)
      : octal !== undefined
        ? Number.parseInt(octal, 8)
        : Number(decimal);
  const number = sign === "-" ? 0 - value : value;
  return number < INT32_MIN || number > NUMBER_MAX ? undefined : number;
}

/** What a file's number means for one tracker. */
export type TrackFileEffect = { readonly fault: true } | { readonly fault: false; readonly priority: number };

/**
 * Weight 0: any number but 0 is a FAULT, with `reverse` 0 is. Otherwise number × weight, negated with `reverse`, is added to the
 * priority; −254 and less is a FAULT.
 */
export function trackFileEffect(number: number, weight: number, reverse: boolean): TrackFileEffect {
  if (weight === 0) return (number !== 0) !== reverse ? { fault: true } : { fault: false, priority: 0 };
  // Never −0: the sum of priorities is compared and shown.
  const product = number * weight * (reverse ? -1 : 1) + 0;
  if (product <= FAULT_CONTRIBUTION) return { fault: true };
  return { fault: false, priority: Math.min(MAX_CONTRIBUTION, product) };
}
