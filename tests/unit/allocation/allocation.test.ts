import { describe, expect, it } from 'vitest';
import {
  createAllocation,
  mergeCostOf,
  resolveMode,
  type AllocationMode,
  type Known,
  type KnownTrial,
} from '../../../src/allocation/index.ts';

const mean = (scores: readonly number[]): number =>
  scores.reduce((sum, score) => sum + score, 0) / scores.length;
const TOTAL = 12;

const trial = (id: number, score: number, images: number, isOpen = false): KnownTrial => ({
  id,
  point: [id / 10],
  scores: Array.from({ length: images }, () => score),
  isOpen,
});

const known = (...trials: readonly KnownTrial[]): Known => ({
  total: TOTAL,
  ends: Array.from({ length: TOTAL }, (_, i) => i + 1),
  mergeCost: 0,
  trials,
  imagesLeft: Infinity,
  proposal: () => [0.5],
  belief: () => undefined,
  space: { dimensions: [{ name: 'a', low: 0, high: 1, intervals: 10 }] },
});

describe.each<AllocationMode>(['auto', 'all', 5])('the allocation %s', (mode) => {
  const allocation = createAllocation(mode, mean);

  it('begins with a new trial', () => {
    const step = allocation.next(known());
    expect(step.kind).toBe('new');
    expect(step.images).toBe(mode === 'all' ? TOTAL : mode === 'auto' ? 2 : 5);
  });

  it('answers the same to the same', () => {
    const what = known(trial(1, 0.5, 4), trial(2, 0.7, 4));
    expect(allocation.next(what)).toEqual(allocation.next(what));
    expect(allocation.finish(what)).toEqual(allocation.finish(what));
  });

  it('gives all images to the best in the end, and nothing more once it has them', () => {
    expect(allocation.finish(known())).toBeUndefined();
    expect(allocation.finish(known(trial(1, 0.5, 4), trial(2, 0.7, 4)))).toEqual({
      kind: 'more',
      trial: 2,
      images: TOTAL,
    });
    expect(allocation.finish(known(trial(1, 0.5, 4), trial(2, 0.7, TOTAL)))).toBeUndefined();
    expect(allocation.finish(known(trial(2, 0.7, 4, true)))).toBeUndefined();
  });
});

describe('what --images-per-trial means', () => {
  it.each([
    [undefined, 12, 'auto'],
    [undefined, 5, 'auto'],
    [undefined, 4, 'all'],
    ['auto', 4, 'all'],
    ['all', 12, 'all'],
    [3, 12, 3],
    [2, 4, 2],
    [12, 12, 'all'],
    [40, 12, 'all'],
  ] as const)('%s of %d images is %s', (given, total, mode) => {
    expect(resolveMode(given, total)).toBe(mode);
  });
});

describe('the cost of a merge', () => {
  it.each([
    [[], [], 0],
    [[5], [], 0],
    [[0.49], [0.01], 0],
    [[3], [4], 0],
    [[4], [4], 1],
    [[1, 100, 8], [2], 4],
    [[7.9], [1], 4],
    [[8], [1], 8],
    [[1000], [1], 32],
    [[10], [0], 32],
    [[10, 20], [4, 6], 2],
  ])('of merges %j and images %j (seconds) is %d images', (merges, images, cost) => {
    expect(mergeCostOf({ merges, images })).toBe(cost);
  });
});
