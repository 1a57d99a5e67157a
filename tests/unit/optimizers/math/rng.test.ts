import { describe, expect, it } from 'vitest';
import { createRng } from '../../../../src/optimizers/math/rng.ts';

describe('createRng', () => {
  it('is the same for the same words and unrelated for others', () => {
    const draw = (...words: number[]): number[] => {
      const random = createRng(...words);
      return Array.from({ length: 5 }, () => random.uniform());
    };
    expect(draw(1, 2)).toEqual(draw(1, 2));
    const starts = [[1, 2], [2, 1], [1], [1, 2, 0], [-1, 2], [2 ** 32 + 1, 2], [-(2 ** 40), 2]].map(
      (words) => draw(...words)[0],
    );
    expect(new Set(starts).size).toBe(starts.length);
  });

  it('has no correlation between the first numbers of neighbouring asks', () => {
    const first = Array.from({ length: 4000 }, (_, ask) => createRng(42, ask).uniform() - 0.5);
    const lagged = first.slice(1).reduce((sum, value, i) => sum + value * (first[i] ?? 0), 0);
    // Standard error of the correlation: 1/√4000 = 0.016.
    expect(Math.abs(lagged / (4000 / 12))).toBeLessThan(0.06);
    expect(Math.abs(first.reduce((sum, value) => sum + value, 0) / 4000)).toBeLessThan(0.02);
  });

  it('draws normal numbers, integers and permutations', () => {
    const random = createRng(3);
    const normals = Array.from({ length: 20000 }, () => random.normal());
    const variance = normals.reduce((sum, value) => sum + value * value, 0) / normals.length;
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    const integers = Array.from({ length: 9000 }, () => random.integer(3));
    for (const wanted of [0, 1, 2]) {
      expect(Math.abs(integers.filter((value) => value === wanted).length - 3000)).toBeLessThan(200);
    }
    expect(random.permutation(20).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
});
