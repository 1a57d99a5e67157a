import { describe, expect, it } from 'vitest';
import { createRng } from '../../../../../src/optimizers/math/rng.ts';
import { latinPoints } from '../../../../../src/optimizers/model/gp/design.ts';

describe('latinPoints', () => {
  it.each([2, 5, 9])('has every coordinate once at each of %d levels from end to end', (count) => {
    for (const seed of [1, 2, 3]) {
      const points = latinPoints(27, count, createRng(seed));
      expect(points).toHaveLength(count);
      for (let d = 0; d < 27; d++) {
        const levels = points.map((point) => point[d] ?? NaN).toSorted((a, b) => a - b);
        expect(levels).toEqual(Array.from({ length: count }, (_, i) => i / (count - 1)));
      }
    }
  });

  it('is another one for another seed, and the middle where there is only one point', () => {
    expect(latinPoints(27, 5, createRng(1))).not.toEqual(latinPoints(27, 5, createRng(2)));
    expect(latinPoints(3, 1, createRng(1))).toEqual([[0.5, 0.5, 0.5]]);
    expect(latinPoints(0, 2, createRng(1))).toEqual([[], []]);
  });
});
