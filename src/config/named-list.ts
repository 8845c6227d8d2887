/** A list in the order of the file with look-up by name in constant time. */

/** Things with a name; the first of a name is the one that is found. */
export class NamedList<Item extends { readonly name: string }> implements Iterable<Item> {
  readonly #items: Item[] = [];
  readonly #byName = new Map<string, Item>();

  /** In the order of addition. */
  get items(): readonly Item[] {
    return this.#items;
  }

  /** The first item of that name. */
  get(name: string): Item | undefined {
    return this.#byName.get(name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Names in the order of their first addition. */
  names(): Iterable<string> {
    return this.#byName.keys();
  }

  add(item: Item): void {
    this.#items.push(item);
    if (!this.#byName.has(item.name)) this.#byName.set(item.name, item);
  }

  /** Keeps only what `wanted` says. */
  retain(wanted: (item: Item) => boolean): void {
    const kept = this.#items.filter(wanted);
    this.#items.length = 0;
    this.#byName.clear();
    for (const item of kept) this.add(item);
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items[Symbol.iterator]();
  }
}
