import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AutombwError } from '../../../../src/shared/errors.ts';
import { brisqueFeatures } from '../../../../src/score/brisque/features.ts';
import { brisqueScorer } from '../../../../src/score/brisque/index.ts';
import { toGrey } from '../../../../src/score/measures/grey.ts';
import { createAsymmetricFit } from '../../../../src/score/scene-statistics/asymmetric-fit.ts';
import { toPlane } from '../../../../src/score/scene-statistics/plane.ts';
import type { Scorer } from '../../../../src/score/scorer.ts';
import { describeScorerContract } from '../../../contracts/scorer.contract.ts';
import { naturalImages, naturalPixels, resultOf, valueOf } from '../natural-images.ts';
import { photograph, PHOTOGRAPHS, resized } from '../images.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/score/${name}`, import.meta.url));
const MODEL = fixture('brisque_model_small.yml');
const RANGE = fixture('brisque_range_small.yml');

function create(model = MODEL, range = RANGE): Scorer {
  return brisqueScorer.create(brisqueScorer.options.parse({ model, range }));
}

describeScorerContract('brisque', create);

describe('brisque', () => {
  const fit = createAsymmetricFit();
  const scorer = create();

  it.each(naturalImages)('says the same as OpenCV of $photograph $change', async (entry) => {
    const pixels = await naturalPixels(entry);
    expect(pixels.data.reduce((sum, value) => sum + value, 0)).toBe(entry.sum);
    const features = brisqueFeatures(toPlane(toGrey(pixels)), fit);
    for (const [i, value] of features.entries()) {
      expect(Math.abs(value - (entry.features[i] ?? Number.NaN))).toBeLessThan(0.001);
    }
    expect(Math.abs((await valueOf(scorer, pixels)) - entry.brisque)).toBeLessThan(0.05);
  });

  it.each([
    ['LIBSVM ranges', 'brisque_small_range.txt'],
    ['pickled ranges', 'brisque_small_range.pickle'],
  ])('takes a LIBSVM model and %s', async (_, range) => {
    const other = create(fixture('brisque_small_svm.txt'), fixture(range));
    for (const name of PHOTOGRAPHS) {
      const pixels = await photograph(name);
      expect(await valueOf(other, pixels)).toBeCloseTo(await valueOf(scorer, pixels), 3);
    }
  });

  it('stays within 0 and 100', async () => {
    const folder = temporaryFolder('brisque');
    const text = readFileSync(MODEL, 'utf8');
    for (const [rho, expected] of [
      ['-5000.', 100],
      ['5000.', 0],
    ] as const) {
      const file = path.join(folder, 'model.yml');
      writeFileSync(file, text.replace(/rho: .*/, `rho: ${rho}`));
      expect(await valueOf(create(file), await photograph('coffee'))).toBe(expected);
    }
    rmSync(folder, { recursive: true });
  });

  it('names the model by its SHA-256, and the ranges too', () => {
    const hash = createHash('sha256').update(readFileSync(MODEL)).digest('hex');
    expect(scorer.version).toContain(hash);
    expect(create(MODEL, fixture('brisque_small_range.txt')).version).not.toBe(scorer.version);
  });

  it('says why an image has no score', async () => {
    expect(await resultOf(scorer, await resized(await photograph('coffee'), 15, 40))).toEqual({
      state: 'invalid',
      reason: 'it has 15 × 40 pixels, fewer than 16 a side',
    });
  });

  it('says which file is missing, and where it is to be had', () => {
    const message = (settings: unknown): string => {
      try {
        brisqueScorer.create(brisqueScorer.options.parse(settings));
      } catch (error) {
        return error instanceof AutombwError
          ? `${error.kind} ${error.code}: ${error.message}`
          : String(error);
      }
      return 'nothing';
    };
    const source =
      'https://github.com/opencv/opencv_contrib/tree/4.x/modules/quality/samples and give its path.';
    expect(message({})).toBe(
      `usage scorer-model: Scorer "brisque" needs the setting model; download brisque_model_live.yml from ${source}`,
    );
    expect(message({ model: MODEL, range: '/nowhere/r.yml' })).toMatch(
      /^usage scorer-model: Scorer "brisque" cannot read "\/nowhere\/r.yml" as range \(ENOENT.*; download brisque_range_live.yml/,
    );
    expect(message({ model: RANGE, range: RANGE })).toMatch(
      /cannot use ".*" as model: it has no opencv_ml_svm; download/,
    );
    expect(message({ model: MODEL, range: tmpdir() })).toMatch(
      /cannot use .* as range: it is not a file; download/,
    );
  });
});
