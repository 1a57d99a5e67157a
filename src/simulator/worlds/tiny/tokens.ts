import type { Schedule } from './assets.ts';

/** What stands in a prompt and is none of its words: tags of LoRAs and the like, with their names. */
const TAG = /<[a-z]+:[^<>]*>/gu;
const WORD = /[a-z]+/gu;

/**
 * Ids of a prompt's known words, always of the same number. Emphasis, numbers, punctuation and `BREAK` fall away with all
 * else that the vocabulary does not have; what is too long is cut.
 */
export function tokensOf(
  prompt: string,
  vocabulary: ReadonlyMap<string, number>,
  { tokens, ids }: Pick<Schedule, 'tokens' | 'ids'>,
): BigInt64Array {
  const text = prompt.toLowerCase().replaceAll(TAG, ' ');
  const known = [...text.matchAll(WORD)].flatMap(([word]) => vocabulary.get(word) ?? []);
  const framed = [ids.start, ...known.slice(0, tokens - 2), ids.end];
  const padded = [...framed, ...Array.from({ length: tokens - framed.length }, () => ids.padding)];
  return BigInt64Array.from(padded, BigInt);
}
