/** Several values under a key. Most keys have one alone, which takes no list: of a long run there are thousands. */
export class Multimap<Key, Value> {
  readonly #entries = new Map<Key, Value | Several<Value>>();

  /** In the order in which they were added; empty for a key that has none. */
  of(key: Key): readonly Value[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    return entry instanceof Several ? entry.values : [entry];
  }

  add(key: Key, value: Value): void {
    const before = this.of(key);
    this.#entries.set(key, before.length === 0 ? value : new Several([...before, value]));
  }

  /** Puts another one in the place of the value. */
  replace(key: Key, value: Value, other: Value): void {
    const values = this.of(key).map((one) => (one === value ? other : one));
    const [first] = values;
    if (first !== undefined) this.#entries.set(key, values.length === 1 ? first : new Several(values));
  }

  clear(): void {
    this.#entries.clear();
  }
}

class Several<Value> {
  readonly values: readonly Value[];

  constructor(values: readonly Value[]) {
    this.values = values;
  }
}
