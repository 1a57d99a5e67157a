import type { Pixels } from '../../types.ts';
import { withoutBlank } from '../external/without-blank.ts';
import { createAsymmetricFit } from '../scene-statistics/asymmetric-fit.ts';
import type { AsymmetricFit } from '../scene-statistics/asymmetric-fit.ts';
import type { Scorer, ScoreResult } from '../scorer.ts';
import { BLOCK, blockFeatures } from './block-features.ts';
import { distance, gaussianOf, isComplete } from './distance.ts';
import { pristineGaussian } from './reference.ts';
import type { Gaussian } from './reference.ts';
import { studioLuma } from './luma.ts';

/** A covariance of blocks needs two of them. */
const FEWEST_BLOCKS = 2;

/**
 * NIQE (Mittal, Soundararajan, Bovik, IEEE Signal Processing Letters 20(3), 2013): how far the statistics of an image are from
 * those of undistorted photographs; 2 to 6 for good ones, 10 and more for bad. Rows and columns left over by the blocks
 * of 96 × 96 pixels do not count. Pure: the same pixels give the same number.
 */
export function createNiqeScorer(): Scorer {
  let made: Tools | undefined;
  const tools = (): Tools => (made ??= { fit: createAsymmetricFit(), pristine: pristineGaussian() });
  return {
    id: 'niqe',
    version: 'niqe/1',
    needsPrompt: false,
    range: { min: 0, max: null },
    higherIsBetter: false,
    score: async (items, signal) =>
      withoutBlank(items, async (rest) => {
        const results: ScoreResult[] = [];
        for (const { pixels } of rest) {
          signal.throwIfAborted();
          results.push(naturalness(pixels, tools()));
        }
        return results;
      }),
  };
}

interface Tools {
  readonly fit: AsymmetricFit;
  readonly pristine: Gaussian;
}

function naturalness(pixels: Pixels, { fit, pristine }: Tools): ScoreResult {
  const columns = Math.floor(pixels.width / BLOCK);
  const rows = Math.floor(pixels.height / BLOCK);
  if (columns * rows < FEWEST_BLOCKS) {
    return invalid(
      `it has ${pixels.width} × ${pixels.height} pixels, and NIQE needs ${FEWEST_BLOCKS} blocks of ${BLOCK} × ${BLOCK}`,
    );
  }
  const blocks = blockFeatures(studioLuma(pixels, columns * BLOCK, rows * BLOCK), fit);
  const textured = blocks.filter(isComplete).length;
  if (textured < FEWEST_BLOCKS) {
    return invalid(
      `${blocks.length - textured} of its ${blocks.length} blocks of ${BLOCK} × ${BLOCK} pixels are flat`,
    );
  }
  return { state: 'scored', value: distance(pristine, gaussianOf(blocks)) };
}

function invalid(reason: string): ScoreResult {
  return { state: 'invalid', reason };
}
