/** A value with one thing in it that is of another kind. */

export type Path = readonly (string | number)[];

/** Where something stands, inside lists as well. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** A copy in which one value is of another kind: an object becomes a text, everything else an object. */
export function damaged(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return typeof value === 'object' && value !== null ? 'damaged' : { damaged: true };
  const entries = Object.entries(Object(value) as object).map(([name, one]): [string, unknown] => [
    name,
    name === String(key) ? damaged(one, rest) : one,
  ]);
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}
