/** JSON as the server reads and writes it: bare NaN and Infinity are numbers, and 2^64-1 is not rounded. */

const WORDS = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gu;
/** A raw control character cannot stand in a JSON text, so no text of a client begins with it by chance. */
const MARK = '\u0000';
const LARGEST_SEED = { exact: '18446744073709551615', rounded: '18446744073709552000' };

/** @throws SyntaxError */
export function readJson(text: string): unknown {
  if (!/NaN|Infinity/u.test(text)) return JSON.parse(text);
  const marked = text.replaceAll(WORDS, (word) =>
    word.startsWith('"') ? word : JSON.stringify(`${MARK}${word}`),
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(1)) : value,
  );
}

export function writeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(LARGEST_SEED.rounded, LARGEST_SEED.exact);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
