import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import {
  checkTally,
  resolveTally,
  tally,
  tallyDomain,
  tallyIsMean,
  tallyNeedsEqualCounts,
  tallyNames,
  tallyNeedsPositive,
  tallyTitle,
} from '../../../src/score/tally.ts';

// 1, 2, 4 and 8: A = 15/4, G = 2^1.5, H = 4 / (1 + 1/2 + 1/4 + 1/8) = 32/15.
const A = 15 / 4;
const G = 2 ** 1.5;
const H = 32 / 15;

describe('tally of 1, 2, 4, 8', () => {
  it.each([
    ['arithmetic-mean', 'Arithmetic Mean', A],
    ['geometric-mean', 'Geometric Mean', G],
    ['harmonic-mean', 'Harmonic Mean', H],
    ['quadratic-mean', 'Quadratic Mean', Math.sqrt(85 / 4)],
    ['cubic-mean', 'Cubic Mean', Math.cbrt(585 / 4)],
    ['a-g-mean', 'A/G Mean', A ** 2 / G],
    ['g-h-mean', 'G/H Mean', (G / H) * A],
    ['a-h-mean', 'A/H Mean', A ** 2 / H],
    ['median', 'Median', 3],
    ['min', 'Min', 1],
    ['max', 'Max', 8],
    ['mid-range', 'Mid-Range', 4.5],
    ['trimmed-mean', 'Trimmed Mean', A],
    ['lower-quantile', 'Lower Quantile', 1.75],
  ])('%s (%s) is %f', (name, title, expected) => {
    expect(tally(name, [4, 1, 8, 2])).toBeCloseTo(expected, 13);
    expect(tally(title, [4, 1, 8, 2])).toBe(tally(name, [4, 1, 8, 2]));
    expect(tallyTitle(name)).toBe(title);
  });

  it('lists exactly these, the arithmetic mean first', () => {
    expect(tallyNames).toHaveLength(14);
    expect(tallyNames[0]).toBe('arithmetic-mean');
  });
});

describe('tally', () => {
  it('takes the middle of an odd number and leaves the scores as they were', () => {
    const scores = Object.freeze([0.9, 0.1, 0.5]);
    expect(tally('median', scores)).toBe(0.5);
  });

  it('keeps the sign of cubes', () => {
    expect(tally('cubic-mean', [-2, -2])).toBe(-2);
  });

  it('does not underflow', () => {
    expect(
      tally(
        'geometric-mean',
        Array.from({ length: 400 }, () => 1e-3),
      ),
    ).toBeCloseTo(1e-3, 15);
  });

  it('gives a single score back, or a mean between the smallest and the largest', () => {
    const means = tallyNames.filter((name) => !['a-g-mean', 'g-h-mean', 'a-h-mean'].includes(name));
    const score = fc.double({ min: 0.001, max: 1000, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...means),
        fc.array(score, { minLength: 1, maxLength: 30 }),
        (name, scores) => {
          const value = tally(name, scores);
          expect(value).toBeGreaterThanOrEqual(Math.min(...scores) * (1 - 1e-12));
          expect(value).toBeLessThanOrEqual(Math.max(...scores) * (1 + 1e-12));
        },
      ),
    );
  });

  it('orders the means: harmonic, geometric, arithmetic, quadratic, cubic', () => {
    const scores = [0.2, 0.7, 0.9];
    const means = ['harmonic', 'geometric', 'arithmetic', 'quadratic', 'cubic'].map((name) =>
      tally(name, scores),
    );
    expect(means).toEqual(means.toSorted((a, b) => a - b));
    expect(new Set(means).size).toBe(5);
  });
});

describe('what a tally refuses', () => {
  it.each(['geometric-mean', 'harmonic-mean', 'a-g-mean', 'g-h-mean', 'a-h-mean'])(
    '%s: scores not above 0',
    (name) => {
      expect(tallyNeedsPositive(name)).toBe(true);
      for (const bad of [0, -0, -0.25]) {
        expect(() => tally(name, [0.5, bad])).toThrow(
          expect.objectContaining({
            code: 'tally-needs-positive',
            kind: 'run',
            message: expect.stringContaining(`score 2 is ${bad};`),
          }),
        );
      }
    },
  );

  it('the quadratic mean: scores below 0, which it would turn round', () => {
    expect(tallyNeedsPositive('quadratic-mean')).toBe(false);
    expect(tallyDomain('quadratic-mean')).toBe('non-negative');
    expect(tally('quadratic-mean', [0, 0])).toBe(0);
    expect(() => tally('quadratic-mean', [-3])).toThrow(
      /Quadratic Mean needs non-negative scores, but score 1 is -3;/,
    );
  });

  it.each(['arithmetic-mean', 'cubic-mean', 'median', 'min', 'max', 'mid-range'])(
    '%s: no finite score',
    (name) => {
      expect(tallyNeedsPositive(name)).toBe(false);
      expect(tally(name, [-1, -1])).toBe(-1);
    },
  );

  it('an empty list', () => {
    expect(() => tally('min', [])).toThrow(expect.objectContaining({ code: 'tally-empty', kind: 'run' }));
  });

  it.each([Number.NaN, Infinity, -Infinity])('%f', (score) => {
    expect(() => tally('max', [1, score])).toThrow(
      expect.objectContaining({
        code: 'score-not-finite',
        message: expect.stringContaining(`score 2 is ${score};`),
      }),
    );
  });
});

describe('resolveTally', () => {
  it.each([
    ['A/G Mean', 'a-g-mean'],
    ['a/g', 'a-g-mean'],
    ['Arithmetic', 'arithmetic-mean'],
    ['MID_RANGE', 'mid-range'],
    [' Median ', 'median'],
  ])('%s is %s', (text, name) => {
    expect(resolveTally(text)).toBe(name);
  });

  it('names the nearest of an unknown one', () => {
    expect(() => resolveTally('harmnic-mean')).toThrow(
      expect.objectContaining({
        code: 'tally-unknown',
        kind: 'usage',
        message: expect.stringContaining('There is no tally "harmnic-mean". Did you mean "harmonic-mean"?'),
      }),
    );
    expect(() => resolveTally('')).toThrow(
      'Choose arithmetic-mean (the usual average), or one of geometric-mean',
    );
    expect(() => resolveTally('mean')).toThrow('Did you mean "arithmetic-mean"?');
  });
});

describe('weights of payloads', () => {
  it.each(tallyNames.filter(tallyIsMean))('%s: a score of weight 3 counts like three of it', (name) => {
    expect(tally(name, [2, 8], [3, 1])).toBeCloseTo(tally(name, [2, 2, 2, 8]), 13);
  });

  it('mean nothing to an order of scores', () => {
    expect(tallyNames.filter((name) => !tallyIsMean(name))).toEqual([
      'median',
      'min',
      'max',
      'mid-range',
      'trimmed-mean',
      'lower-quantile',
    ]);
  });
});

describe('one image among many', () => {
  it('counts for little in a trimmed mean', () => {
    const scores = Array.from({ length: 20 }, () => 5);
    expect(tally('trimmed-mean', [...scores.slice(2), -1000, 1000])).toBe(5);
  });
});

describe('before a run', () => {
  it('a tally is held against the range of the scores', () => {
    expect(() => checkTally('geometric-mean', { min: null })).toThrow(
      'needs positive scores, but these may be anything',
    );
    expect(() => checkTally('quadratic-mean', { min: -3 })).toThrow('as low as -3');
    expect(() => checkTally('geometric-mean', { min: 0 })).not.toThrow();
    expect(() => checkTally('median', { min: null })).not.toThrow();
  });
});

it.each(tallyNames)('%s needs equal counts only where few scores are not like many', (name) => {
  const random = createRng(1, 2);
  const spread = 0.1;
  const meanOf = (count: number): number => {
    const tallies = Array.from({ length: 2000 }, () =>
      tally(
        name,
        Array.from({ length: count }, () => 1 + spread * random.normal()),
      ),
    );
    return tallies.reduce((sum, one) => sum + one, 0) / tallies.length;
  };
  const drift = Math.abs(meanOf(12) - meanOf(2)) / spread;
  expect(drift > 0.2).toBe(tallyNeedsEqualCounts(name));
});
