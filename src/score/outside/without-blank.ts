import type { Pixels } from '../../types.ts';
import { toGrey } from '../measures/grey.ts';
import { lumaHistogram, lumaMoments } from '../measures/luma-histogram.ts';
import type { ScoreItem, ScoreResult } from '../scorer.ts';

/** As for `quality`: of 255, and a share of all pixels. */
const SMALLEST_DEVIATION = 2;
const LARGEST_SHARE = 0.98;

/**
 * Scores the pictures that show something, and calls the others invalid without asking: reward models give a black
 * picture, the sign of a computation that failed, a score like any other.
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

function blankness(pixels: Pixels): string | undefined {
  const histogram = lumaHistogram(toGrey(pixels));
  const { mean, deviation } = lumaMoments(histogram);
  if (deviation < SMALLEST_DEVIATION) {
    return `it is one flat tone (luma ${mean.toFixed(0)}, deviation ${deviation.toFixed(2)} of 255)`;
  }
  const share = Math.max(...histogram) / (pixels.width * pixels.height);
  return share > LARGEST_SHARE ? `${(100 * share).toFixed(1)} % of it is one and the same luma` : undefined;
}
