/** What a reload changes in a list. */

/** The new list, in which what was there before is the same object, and what came and went. */
export interface Differences<T> {
  readonly all: readonly T[];
  readonly added: readonly T[];
  readonly gone: readonly T[];
}

/** Compares by content. */
export function differences<T>(before: readonly T[], wanted: readonly T[]): Differences<T> {
  const old = new Map(before.map((item) => [JSON.stringify(item), item]));
  const texts = new Set(wanted.map((item) => JSON.stringify(item)));
  return {
    all: wanted.map((item) => old.get(JSON.stringify(item)) ?? item),
    added: wanted.filter((item) => !old.has(JSON.stringify(item))),
    gone: before.filter((item) => !texts.has(JSON.stringify(item))),
  };
}
