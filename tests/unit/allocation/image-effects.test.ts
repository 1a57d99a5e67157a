import { describe, expect, it } from 'vitest';
import {
  comparableScores,
  haveSameImages,
  imageEffects,
  type ScoreRow,
} from '../../../src/allocation/index.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import { runError } from '../../../src/shared/errors.ts';

const mean = (scores: readonly number[]): number =>
  scores.reduce((sum, score) => sum + score, 0) / scores.length;

/** Scores of merge plus image, of the first so many images. */
const table = (merges: readonly number[], images: readonly number[], counts: readonly number[]): ScoreRow[] =>
  merges.map((merge, i) => images.slice(0, counts[i]).map((image) => merge + image));

describe('the effects of images', () => {
  it('are found where scores are the sum of merge and image, whoever has which images', () => {
    const effects = [0.3, -0.1, 0.2, -0.4];
    const found = imageEffects(table([1, 2, 3], effects, [2, 4, 3]), 4);
    for (const [p, effect] of effects.entries()) expect(found[p]).toBeCloseTo(effect, 12);
  });

  it('have mean 0 over the images that anybody has; the others have none', () => {
    const found = imageEffects(table([0, 1], [5, 7, 9], [2, 2]), 3);
    expect(found).toEqual([-1, 1, 0]);
  });

  it('heed gaps, and groups of images that no trial joins', () => {
    const rows = [
      [1, undefined, 3],
      [2, 3, undefined],
    ];
    const found = imageEffects(rows, 5);
    // Against the first image: one more for the second, two more for the third.
    expect((found[1] ?? 0) - (found[0] ?? 0)).toBeCloseTo(1, 12);
    expect((found[2] ?? 0) - (found[0] ?? 0)).toBeCloseTo(2, 12);
    const apart = [
      [1, 2],
      [undefined, undefined, 5, 7],
    ];
    expect(imageEffects(apart, 4).every(Number.isFinite)).toBe(true);
    expect(imageEffects([], 3)).toEqual([0, 0, 0]);
  });

  it('are those of least squares: what is left has mean 0 for every trial and every image', () => {
    const random = createRng(5, 1);
    const rows = Array.from({ length: 12 }, (_, i) =>
      Array.from({ length: 3 + (i % 6) }, () => random.uniform()),
    );
    const effects = imageEffects(rows, 8);
    const rests = rows.map((row) => {
      const own = row.map((score, p) => score - (effects[p] ?? 0));
      return own.map((score) => score - mean(own));
    });
    for (const [p] of effects.entries()) {
      const column = rests.flatMap((rest) => (rest[p] === undefined ? [] : [rest[p]]));
      expect(column.reduce((sum, rest) => sum + rest, 0)).toBeCloseTo(0, 10);
    }
  });
});

describe('comparable scores', () => {
  it('are the tally itself where all have the same images, to the last bit', () => {
    const rows = [
      [0.1, 0.2, 0.3],
      [0.3, 0.1, 0.7],
    ];
    expect(comparableScores(rows, 3, mean)).toEqual(rows.map(mean));
    expect(haveSameImages(rows)).toBe(true);
  });

  it('rank a better merge first although it has the harder images too', () => {
    const images = [0.4, 0.3, -0.3, -0.4];
    const rows = table([0.5, 0.6], images, [2, 4]);
    const [worse = 0, better = 0] = rows.map((row) => mean(row.map((score) => score ?? 0)));
    expect(worse).toBeGreaterThan(better);
    const [first, second] = comparableScores(rows, 4, mean);
    expect(first).toBeCloseTo(0.5, 12);
    expect(second).toBeCloseTo(0.6, 12);
  });

  it('know which images they are of', () => {
    const rows = [[1, undefined, 2], [1]];
    const seen: (readonly number[])[] = [];
    comparableScores(rows, 3, (scores, positions) => {
      seen.push(positions);
      return mean(scores);
    });
    expect(seen).toEqual([[0, 2], [0]]);
  });

  it('are numbers even where the tally takes no scores below 0', () => {
    const positive = (scores: readonly number[]): number => {
      if (scores.some((score) => score <= 0)) throw runError('tally-needs-positive', 'positive scores only');
      return Math.exp(mean(scores.map(Math.log)));
    };
    const rows = [[0.1, 5, 0.1], [0.1, 5], [0.1]];
    expect(comparableScores(rows, 3, positive).every(Number.isFinite)).toBe(true);
  });
});
