/** The coercions of pydantic v1, which refuses less than one would think. `undefined` = refused. */

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ...['true', 't', 'yes', 'y', 'on', '1', 1, true].map((value) => [value, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0', 0, false].map((value) => [value, false] as const),
]);

/** Fractions are cut off, numeric texts read, true is 1. */
export function integer(value: unknown): number | undefined {
  if (typeof value === 'string') return /^\s*[+-]?\d+\s*$/u.test(value) ? Number(value) : undefined;
  const number = float(value);
  return number === undefined || !Number.isFinite(number) ? undefined : Math.trunc(number);
}

export function float(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

export function boolean(value: unknown): boolean | undefined {
  return BOOLEANS.get(typeof value === 'string' ? value.toLowerCase() : value);
}

export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : undefined;
}

export function dict(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isDict(value) ? value : undefined;
}

export function list(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

export function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
