import { describe, expect, it } from 'vitest';
import { standardise } from '../../../../../src/optimizers/model/gp/standardise.ts';
import { fittingSubset } from '../../../../../src/optimizers/model/gp/subset.ts';

describe('standardise', () => {
  const scores = [0.51, 0.49, 0.5, 0.53, 0.55, 0.48, 0.52];

  it('gives mean 0 and deviation 1, linear where nothing is extreme, and finds its way back', () => {
    const { targets, toScore, toTargetVariance } = standardise(scores);
    expect(targets.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
    expect(targets.reduce((sum, value) => sum + value * value, 0) / 7).toBeCloseTo(1, 12);
    for (const [i, score] of scores.entries()) expect(toScore(targets[i] ?? 0)).toBeCloseTo(score, 12);
    expect(toTargetVariance(0.01 ** 2)).toBeCloseTo(0.0049 / 0.0244, 12);
  });

  it.each([1e6, -1e6])(
    'leaves room for the others beside an outlier of %f, and keeps the order',
    (outlier) => {
      const { targets } = standardise([...scores, outlier]);
      const others = targets.subarray(0, 7);
      expect(Math.max(...others) - Math.min(...others)).toBeGreaterThan(0.3);
      const order = (values: ArrayLike<number>): number[] =>
        Array.from({ length: 8 }, (_, i) => i).toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
      expect(order(targets)).toEqual(order([...scores, outlier]));
    },
  );

  it.each([
    ['one score', [3]],
    ['equal scores', [2, 2, 2]],
    ['equal scores but one', [2, 2, 2, 2, 2, 2, 2, 2, 2, 5]],
    ['huge scores', [1e300, 2e300, -1e300]],
    ['tiny scores', [1e-300, 2e-300, 3e-300]],
  ])('is finite for %s', (_, given) => {
    const { targets, toTargetVariance } = standardise(given);
    expect(targets.every(Number.isFinite)).toBe(true);
    expect(toTargetVariance(0)).toBe(0);
    expect(Number.isFinite(toTargetVariance(1))).toBe(true);
  });
});

describe('fittingSubset', () => {
  it('is everything when there is little, and the best with a cross-section of the rest when there is much', () => {
    expect(fittingSubset([3, 1, 2])).toEqual([0, 1, 2]);
    const chosen = fittingSubset(Array.from({ length: 1000 }, (_, i) => i));
    expect(chosen).toHaveLength(100);
    expect(new Set(chosen).size).toBe(100);
    expect(chosen.slice(-50)).toEqual(Array.from({ length: 50 }, (_, i) => 950 + i));
    expect(chosen[0]).toBe(0);
  });
});
