import type { Pixels } from '../types.ts';
import { measureImage } from './measures/measure-image.ts';
import type { Measures } from './measures/measure-image.ts';
import { combineAspects, LOWEST_QUALITY } from './quality-aspects.ts';
import type { Scorer, ScoreResult } from './scorer.ts';

/** Below this, the kernels see mostly border. */
const SMALLEST_SIDE = 16;
const SMALLEST_CONTRAST = 2 / 255;
const LARGEST_SHARE = 0.98;

/**
 * Classical measures through bands: says whether an image is technically sound (sharp, clean, well exposed, coloured
 * within reason), not whether it is beautiful. Inside the bands nothing is to be gained, so that a search cannot win
 * by oversharpening, noise or saturation. `parts` has the raw measures. Pure: the same pixels give the same number.
 */
export function qualityScorer(): Scorer {
  return {
    id: 'quality',
    version: 'quality/1',
    needsPrompt: false,
    range: { min: LOWEST_QUALITY, max: 1 },
    higherIsBetter: true,
    score: async (items, signal) => {
      const results: ScoreResult[] = [];
      for (const item of items) {
        signal.throwIfAborted();
        results.push(scoreQuality(item.pixels));
      }
      return results;
    },
  };
}

/** The score of one image; `invalid` for images too small, too flat or nearly all of one luma. */
export function scoreQuality(pixels: Pixels): ScoreResult {
  const { width, height } = pixels;
  if (Math.min(width, height) < SMALLEST_SIDE) {
    return invalid(`it has ${width} × ${height} pixels, fewer than ${SMALLEST_SIDE} a side`);
  }
  const measures = measureImage(pixels);
  const fault = degeneracyOf(measures);
  if (fault !== undefined) return invalid(fault);
  return { state: 'scored', value: combineAspects(measures), parts: partsOf(measures) };
}

function partsOf(measures: Measures): Record<string, number> {
  const { half, ...parts } = measures;
  const coarse = Object.entries(half).map(([name, value]): [string, number] => [`half.${name}`, value]);
  return { ...parts, ...Object.fromEntries(coarse) };
}

/** A server that computed NaN sends black; such images are no bad images, they are none. */
function degeneracyOf(measures: Measures): string | undefined {
  if (measures.contrast < SMALLEST_CONTRAST) {
    return `it is a single flat tone (luma ${(255 * measures.brightness).toFixed(0)}, deviation ${(255 * measures.contrast).toFixed(2)} of 255)`;
  }
  if (measures.commonestShare > LARGEST_SHARE) {
    return `${(100 * measures.commonestShare).toFixed(1)} % of its pixels have the same luma`;
  }
  return undefined;
}

function invalid(reason: string): ScoreResult {
  return { state: 'invalid', reason };
}
