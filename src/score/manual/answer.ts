/** What the rater typed. */

export type Answer =
  | { readonly kind: 'rating'; readonly value: number }
  | { readonly kind: 'skip' | 'undo' | 'quit' | 'unclear' };

export const HIGHEST_RATING = 10;

/** A number from 0 to 10, with a point or a comma; `s`, `u`, `q` or the whole words. */
export function parseAnswer(line: string): Answer {
  const text = line.trim().toLowerCase();
  const kind = KEYS.get(text);
  if (kind !== undefined) return { kind };
  const value = /^(\d+([.,]\d*)?|[.,]\d+)$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  return value <= HIGHEST_RATING ? { kind: 'rating', value } : { kind: 'unclear' };
}

/** Which of two: how much better the first one is, from -2 to 2. */
export type PairAnswer =
  | { readonly kind: 'outcome'; readonly first: number }
  | { readonly kind: 'skip' | 'undo' | 'quit' | 'unclear' };

/** `1`, `2`, doubled for much better, `=` or `0` for equal; the words as for a rating. */
export function parsePairAnswer(line: string): PairAnswer {
  const text = line.trim().toLowerCase();
  const kind = KEYS.get(text);
  if (kind !== undefined) return { kind };
  const first = OUTCOMES.get(text);
  return first === undefined ? { kind: 'unclear' } : { kind: 'outcome', first };
}

const OUTCOMES: ReadonlyMap<string, number> = new Map([
  ['11', 2],
  ['1', 1],
  ['=', 0],
  ['0', 0],
  ['2', -1],
  ['22', -2],
]);

const KEYS: ReadonlyMap<string, 'skip' | 'undo' | 'quit'> = new Map([
  ['s', 'skip'],
  ['skip', 'skip'],
  ['u', 'undo'],
  ['undo', 'undo'],
  ['q', 'quit'],
  ['quit', 'quit'],
]);
