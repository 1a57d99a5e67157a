/** What a payload may hold: the values of JSON, nothing that would change on the way to the WebUI. */
import { FormatFault, quoted } from './fault.ts';

/** Levels of lists and objects; ControlNet’s arguments take five. */
export const MAX_DEPTH = 100;
/** Values in one payload: references to one list can stand for billions of them. */
const MAX_VALUES = 1_000_000;

export type ValuePath = readonly (string | number)[];

/**
 * A copy made of plain objects, lists, texts, numbers, truth values and null.
 * @param placeOf where a value stands in its file, when that is known
 * @throws FormatFault for dates, binary data, NaN, numbers that are not kept exactly, `__proto__`, endless nesting
 */
export function plainValue(raw: unknown, placeOf?: (path: ValuePath) => string | undefined): unknown {
  let left = MAX_VALUES;
  return copy(raw, []);

  function copy(value: unknown, path: ValuePath): unknown {
    if (left-- <= 0) throw fault(path, `it contains more than ${MAX_VALUES} values`);
    if (path.length > MAX_DEPTH) throw fault(path.slice(0, 3), `it is nested more than ${MAX_DEPTH} deep`);
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') {
      if (/\p{Surrogate}/u.test(value)) throw fault(path, 'it contains half a character (a lone surrogate)');
      return value;
    }
    if (typeof value === 'number' || typeof value === 'bigint') {
      const problem = numberProblem(value);
      if (problem !== undefined) throw fault(path, problem);
      return Number(value) + 0;
    }
    if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, index]));
    const foreign = foreignKind(value);
    if (foreign !== undefined) throw fault(path, `it is ${foreign}, which a request cannot carry`);
    return copyObject(Object(value), path);
  }

  function copyObject(value: object, path: ValuePath): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') throw fault([...path, key], 'this name is not allowed');
      copy(key, [...path, key]);
      if (inner !== undefined) result[key] = copy(inner, [...path, key]);
    }
    return result;
  }

  function fault(path: ValuePath, problem: string): FormatFault {
    const name = path.length === 0 ? '' : `${quoted(pathText(path))}: `;
    return new FormatFault(`${name}${problem}`, placeOf?.(path));
  }
}

/** Why a number cannot be sent as it is; undefined when it can. */
export function numberProblem(value: number | bigint): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value} is a number that cannot be sent`;
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
    return `${value} is beyond ±${Number.MAX_SAFE_INTEGER} and would not be kept exactly`;
  }
  return undefined;
}

function foreignKind(value: unknown): string | undefined {
  if (value instanceof Date) return 'a date (put it in quotes to send it as a text)';
  if (ArrayBuffer.isView(value)) return 'binary data';
  if (typeof value !== 'object' || value === null) return `of the kind ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? undefined : 'not a plain object';
}

function pathText(path: ValuePath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}
