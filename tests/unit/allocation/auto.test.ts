import { describe, expect, it } from 'vitest';
import { createAllocation, type Known, type KnownTrial } from '../../../src/allocation/index.ts';
import type { Belief, Prospect } from '../../../src/optimizers/index.ts';

const mean = (scores: readonly number[]): number =>
  scores.reduce((sum, score) => sum + score, 0) / scores.length;
const auto = createAllocation('auto', mean);

const trials = (...images: readonly number[]): KnownTrial[] =>
  images.map((count, i) => ({
    id: i + 1,
    point: [i / 10],
    scores: Array.from({ length: count }, () => 1 - i / 10),
    isOpen: false,
  }));

/** A model to which a prospect is worth what `worth` says; one image of a new merge blurs it by `own` and `shared`. */
const believing = (worth: (prospect: Prospect) => number, own = 0.1, shared = 0): Belief => ({
  worth: (prospects) => prospects.map(worth),
  imageNoise: () => ({ shared, own }),
});

const known = (belief: Belief | undefined, more: Partial<Known> = {}): Known => ({
  total: 12,
  ends: Array.from({ length: 12 }, (_, i) => i + 1),
  mergeCost: 0,
  trials: trials(2, 2, 2, 2, 2, 2, 2, 2),
  imagesLeft: Infinity,
  proposal: () => [0.95],
  belief: () => belief,
  space: { dimensions: [{ name: 'a', low: 0, high: 1, intervals: 20 }] },
  ...more,
});

const isNew = ({ had }: Prospect): boolean => had === 0;

describe('--images-per-trial auto', () => {
  it('begins with few images, with more where a merge costs many, and asks no model of few trials', () => {
    const belief = believing(() => {
      throw new Error('too early');
    });
    expect(auto.next(known(belief, { trials: trials(2, 2) }))).toEqual({ kind: 'new', images: 2 });
    expect(auto.next(known(belief, { trials: trials(2, 2), mergeCost: 16 })).images).toBe(4);
    expect(auto.next(known(undefined))).toEqual({ kind: 'new', images: 2 });
  });

  it('takes what promises most for its images', () => {
    // A second look at the second trial: 4 more images for 0.9, against 2 of a new merge for 0.4.
    const worth = (prospect: Prospect): number => {
      if (isNew(prospect)) return 0.4;
      return prospect.values[0] === 0.1 && prospect.images === 6 ? 0.9 : 0;
    };
    expect(auto.next(known(believing(worth)))).toEqual({ kind: 'more', trial: 2, images: 6 });
    // A merge as dear as 8 images is paid by both.
    expect(
      auto.next(
        known(
          believing((one) => (isNew(one) ? 0.45 * one.images : worth(one))),
          { mergeCost: 8 },
        ),
      ),
    ).toEqual({
      kind: 'new',
      images: 12,
    });
  });

  it('leaves a trial alone whose images are under way, and one that has all', () => {
    const all = trials(12, 2, 2, 2, 2, 2, 2, 2).map((trial) => ({ ...trial, isOpen: trial.id === 2 }));
    const asked: Prospect[] = [];
    const belief = believing((prospect) => (asked.push(prospect), 1));
    auto.next(known(belief, { trials: all }));
    expect(asked.some(({ values }) => values[0] === 0 || values[0] === 0.1)).toBe(false);
    for (const { had, images } of asked) expect(images).toBeGreaterThan(had);
  });

  it('gives a new merge more images where one image says little, or a merge costs much', () => {
    const worth = (prospect: Prospect): number => (isNew(prospect) ? 1 : 0);
    expect(auto.next(known(believing(worth, 0.1))).images).toBe(2);
    expect(auto.next(known(believing(worth, 7))).images).toBe(4);
    expect(auto.next(known(believing(worth, 100))).images).toBe(12);
    expect(auto.next(known(believing(worth, 2), { mergeCost: 8 })).images).toBe(8);
  });

  it('gives new merges more images with age, where the first ones tell a tale of their own', () => {
    const worth = (prospect: Prospect): number => (isNew(prospect) ? 1 : 0);
    const old = Array.from({ length: 50 }, () => 2);
    expect(auto.next(known(believing(worth, 0, 1))).images).toBe(2);
    expect(auto.next(known(believing(worth, 0, 1), { trials: trials(...old) })).images).toBe(8);
    expect(auto.next(known(believing(worth, 1, 0), { trials: trials(...old) })).images).toBe(2);
  });

  it('weighs up whole generations only', () => {
    const asked: Prospect[] = [];
    const belief = believing((prospect) => (asked.push(prospect), 1));
    auto.next(known(belief, { ends: [1, 4, 8, 12], trials: trials(4, 4, 4, 4, 4, 4, 4, 4) }));
    expect(new Set(asked.filter(isNew).map(({ images }) => images))).toEqual(new Set([4, 8, 12]));
    expect(new Set(asked.filter((one) => !isNew(one)).map(({ images }) => images))).toEqual(new Set([8, 12]));
  });

  it('never goes beyond the set', () => {
    const few = known(
      believing((prospect) => (isNew(prospect) ? 1 : 0), 100),
      { total: 5, ends: [1, 2, 3, 4, 5], trials: trials(2, 2, 2, 5, 2, 2, 2) },
    );
    expect(auto.next(few).images).toBe(5);
  });
});
