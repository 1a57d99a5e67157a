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

const KEYS: ReadonlyMap<string, 'skip' | 'undo' | 'quit'> = new Map([
  ['s', 'skip'],
  ['skip', 'skip'],
  ['u', 'undo'],
  ['undo', 'undo'],
  ['q', 'quit'],
  ['quit', 'quit'],
]);
