/** What a template reckons with: plain data, and functions of ours. Nothing of the host can be reached from them. */
export type Value =
  string | number | boolean | null | undefined | readonly Value[] | ReadonlyMap<string, Value> | Callable;

export interface Callable {
  readonly call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

export function isCallable(value: Value): value is Callable {
  return typeof value === 'object' && value !== null && !isList(value) && !isMap(value);
}

/** As Python writes it where text is wanted; what is undefined is nothing. */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : value === undefined ? '' : written(value, 0);
}

/** Empty things, 0, none and what is undefined are false. */
export function isTrue(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  return Boolean(value);
}

export function areEqual(a: Value, b: Value, level = 0): boolean {
  if (level > 50) return false;
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, i) => areEqual(item, b[i], level + 1));
  }
  if (isMap(a) && isMap(b)) {
    return (
      a.size === b.size && [...a].every(([key, item]) => b.has(key) && areEqual(item, b.get(key), level + 1))
    );
  }
  return a === b || (typeof a === 'boolean' ? Number(a) : a) === (typeof b === 'boolean' ? Number(b) : b);
}

/** Below, same, above; undefined for what cannot be compared. */
export function compare(a: Value, b: Value): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  if (!isList(a) || !isList(b)) return undefined;
  for (const [i, item] of a.entries()) {
    if (i >= b.length) return 1;
    const order = compare(item, b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** What a loop goes through: items, letters or keys; undefined for what has none. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (value === undefined) return [];
  if (typeof value === 'string') return Array.from(value);
  if (isList(value)) return value;
  return isMap(value) ? [...value.keys()] : undefined;
}

function written(value: Value, level: number): string {
  if (value === undefined || value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  if (level > 50) return '…';
  if (isList(value)) return `[${value.map((item) => written(item, level + 1)).join(', ')}]`;
  if (!isMap(value)) return '<function>';
  return `{${[...value].map(([key, item]) => `${written(key, 0)}: ${written(item, level + 1)}`).join(', ')}}`;
}
