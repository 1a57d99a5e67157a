import type { Pixels } from '../../types.ts';
import { toGrey } from '../measures/grey.ts';
import { withoutBlank } from '../external/without-blank.ts';
import { createAsymmetricFit } from '../scene-statistics/asymmetric-fit.ts';
import type { AsymmetricFit } from '../scene-statistics/asymmetric-fit.ts';
import { toPlane } from '../scene-statistics/plane.ts';
import type { Scorer, ScoreResult } from '../scorer.ts';
import { brisqueFeatures } from './features.ts';
import { readModelFile, readRangeFile } from './files.ts';
import { predict, scale } from './model.ts';
import type { BrisqueSettings } from './settings.ts';

/** Below this, half size is mostly border. */
const SMALLEST_SIDE = 16;

/**
 * BRISQUE (Mittal, Moorthy, Bovik, IEEE TIP 21(12), 2012) as OpenCV computes it, with the user's own weights: 0 for an image
 * without distortions to 100, held to these ends. Three sets of weights go round that give different numbers, so the version
 * names the files by their SHA-256. The files are read at once: they are small, and a wrong one should be known early.
 * @throws usage error `scorer-model`
 */
export function createBrisqueScorer(settings: BrisqueSettings): Scorer {
  const model = readModelFile(settings.model);
  const ranges = readRangeFile(settings.range);
  let fit: AsymmetricFit | undefined;

  return {
    id: 'brisque',
    version: `brisque/1/${model.hash}/${ranges.hash.slice(0, 12)}`,
    needsPrompt: false,
    range: { min: 0, max: 100 },
    higherIsBetter: false,
    score: async (items, signal) =>
      withoutBlank(items, async (rest) => {
        const results: ScoreResult[] = [];
        for (const { pixels } of rest) {
          signal.throwIfAborted();
          results.push(distortion(pixels));
        }
        return results;
      }),
  };

  function distortion(pixels: Pixels): ScoreResult {
    const { width, height } = pixels;
    if (Math.min(width, height) < SMALLEST_SIDE) {
      return invalid(`it has ${width} × ${height} pixels, fewer than ${SMALLEST_SIDE} a side`);
    }
    fit ??= createAsymmetricFit();
    const features = brisqueFeatures(toPlane(toGrey(pixels)), fit);
    if (!features.every(Number.isFinite)) return invalid('it has too little texture for BRISQUE');
    const value = predict(model.value, scale(ranges.value, features));
    return { state: 'scored', value: Math.min(100, Math.max(0, value)) };
  }
}

function invalid(reason: string): ScoreResult {
  return { state: 'invalid', reason };
}
