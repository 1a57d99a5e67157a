import { describe, expect, it } from 'vitest';
import { competitionRanks, spearman } from '../../../src/judging/ranks.ts';

describe('competitionRanks', () => {
  it('gives equal values one rank', () => {
    expect(competitionRanks([0.5, 0.9, 0.5, 0.1])).toEqual([2, 1, 2, 4]);
    expect(competitionRanks([])).toEqual([]);
  });
});

describe('spearman', () => {
  it.each([
    [[1, 2, 3], [10, 20, 90], 1],
    [[1, 2, 3], [3, 2, 1], -1],
    // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), and with a tie on both sides.
    [[1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233],
    [[1, 1, 2, 3], [2, 1, 1, 3], 0.5],
  ])('%j and %j', (a, b, expected) => {
    expect(spearman(a, b)).toBeCloseTo(expected, 12);
  });

  it('is undefined where nothing differs', () => {
    for (const [a, b] of [
      [
        [1, 1],
        [1, 2],
      ],
      [[1], [2]],
      [[], []],
    ] as const)
      expect(spearman(a, b)).toBeUndefined();
  });
});
