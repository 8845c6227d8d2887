/** Our own mistakes: conditions that only a bug in Vigil can break. */

/** A broken invariant of Vigil itself, never caused by input. Caught only in the outermost loop. */
class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * Ends a `switch` over a closed union: the compiler rejects the call while a case is missing.
 * @throws {InvariantError} always.
 */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable case: ${JSON.stringify(value)}`);
}
