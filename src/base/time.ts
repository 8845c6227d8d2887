/**
 * Units of time. Everything inside Vigil counts microseconds, as keepalived does; the wire speaks
 * centiseconds (VRRPv3) or whole seconds (VRRPv2).
 */

declare const microsBrand: unique symbol;
declare const centisecondsBrand: unique symbol;

/**
 * A length of time, or an instant on a monotonic clock with an arbitrary start, in µs.
 * A double holds whole microseconds exactly for 285 years.
 */
export type Micros = number & { readonly [microsBrand]: true };

/** Hundredths of a second: the unit of VRRPv3's Max Advertise Interval (RFC 9568 §5.2.7). */
export type Centiseconds = number & { readonly [centisecondsBrand]: true };

/** Brands a number that already counts microseconds; fractions are cut off. */
export function micros(count: number): Micros {
  return Math.trunc(count) as Micros;
}

/** Milliseconds as µs. */
export function milliseconds(count: number): Micros {
  return Math.round(count * 1_000) as Micros;
}

/** Seconds as µs; decimals are kept to the microsecond. */
export function seconds(count: number): Micros {
  return Math.round(count * 1_000_000) as Micros;
}

/** Brands a number that already counts centiseconds. */
export function centiseconds(count: number): Centiseconds {
  return Math.trunc(count) as Centiseconds;
}

/** Centiseconds as µs. */
export function centisecondsToMicros(count: Centiseconds): Micros {
  return (count * 10_000) as Micros;
}

/** µs as centiseconds, rounded down: what fits into a VRRPv3 packet. */
export function microsToCentiseconds(length: Micros): Centiseconds {
  return Math.trunc(length / 10_000) as Centiseconds;
}

/** `instant + length`. */
export function after(instant: Micros, length: Micros): Micros {
  return (instant + length) as Micros;
}

/** The earlier of two deadlines, either of which may be absent. */
export function earlier(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a < b ? a : b;
}
