import { blankness } from '../blankness.ts';
import type { ScoreItem, ScoreResult } from '../scorer.ts';

/**
 * Scores the images that show something, and calls the others invalid without asking: reward models give a black
 * image, the sign of a computation that failed, a score like any other.
 */
export async function withoutBlank(
  items: readonly ScoreItem[],
  score: (items: readonly ScoreItem[]) => Promise<readonly ScoreResult[]>,
): Promise<readonly ScoreResult[]> {
  const faults = items.map(({ pixels }) => blankness(pixels));
  const scored = [...(await score(items.filter((_, i) => faults[i] === undefined)))];
  return faults.flatMap((reason): ScoreResult[] => {
    if (reason !== undefined) return [{ state: 'invalid', reason }];
    const result = scored.shift();
    return result === undefined ? [] : [result];
  });
}
