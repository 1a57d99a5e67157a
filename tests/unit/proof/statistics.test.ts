import { describe, expect, it } from 'vitest';
import { flipSigns } from '../../../src/proof/sign-flips.ts';
import { compare, shareOfLook, type Pairing } from '../../../src/proof/statistics.ts';
import { studentQuantile, studentTail } from '../../../src/proof/student.ts';
import { createUniform } from '../../../src/shared/random.ts';

const pairing = (differences: Pairing['differences']): Pairing => ({ of: 'best', against: 'A', differences });
const one = (differences: Pairing['differences'], look = 1, weights?: readonly number[]) =>
  compare([pairing(differences)], { look, weights: weights ?? differences.map(() => 1) })[0];

describe("Student's t", () => {
  // Tables of Abramowitz & Stegun, 26.10.
  it.each([
    [1, 0.025, 12.706],
    [2, 0.025, 4.303],
    [5, 0.025, 2.571],
    [10, 0.005, 3.169],
    [23, 0.025, 2.069],
    [120, 0.025, 1.98],
  ])('with %s degrees of freedom exceeds its quantile with probability %s', (degrees, tail, t) => {
    expect(studentQuantile(degrees, tail)).toBeCloseTo(t, 2);
    expect(studentTail(degrees, t)).toBeCloseTo(tail, 4);
  });
});

describe('the sign-flip test', () => {
  it('is exact for few images', () => {
    const { chance } = flipSigns([[1, 2, 3, 4, 5, 6]], [[0, 0, 0, 0, 0, 0]], 6);
    // Of 64 patterns two stray as far.
    expect(chance).toEqual([2 / 64]);
  });

  it('has nothing to say about no difference', () => {
    expect(flipSigns([[0, 0, 0]], [[0, 0, 0]], 3).chance).toEqual([1]);
  });

  it('takes every comparison for what the largest of all may be by chance', () => {
    const clear = [1, 1.1, 0.9, 1, 1.05, 0.95, 1, 1];
    const noise = [1, -1, 1, -1, 1, -1, 1, 0.5];
    const alone = flipSigns([clear], [clear], 8).chance[0] ?? 1;
    const together = flipSigns([clear, noise], [clear, noise], 8).chance;
    expect(together[0]).toBeGreaterThanOrEqual(alone);
    expect(together[1]).toBeGreaterThan(0.2);
  });
});

describe('a comparison', () => {
  it('gives the paired interval of its mean', () => {
    const differences = [0.3, 0.32, 0.28, 0.31, 0.29, 0.33, 0.27, 0.3, 0.31, 0.29];
    const result = one(differences);
    expect(result).toMatchObject({ images: 10, better: 10, worse: 0, result: 'better', needed: null });
    expect(result?.mean).toBeCloseTo(0.3, 10);
    // s = 0.01826, t(9 degrees, 1.5 %) = 2.574
    expect(result?.low).toBeCloseTo(0.3 - (2.574 * 0.01826) / Math.sqrt(10), 3);
    expect((result?.high ?? 0) - 0.3).toBeCloseTo(0.3 - (result?.low ?? 0), 6);
  });

  it('says that more images are needed, and about how many', () => {
    const uniform = createUniform(3);
    const differences = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 0.5 : -0.4) + 0.01 * uniform());
    const result = one(differences);
    expect(result?.result).toBe('undecided');
    expect(result?.low).toBeLessThan(0);
    expect(result?.needed).toBeGreaterThan(300);
  });

  it('leaves images out that one of the two lacks', () => {
    const result = one([1, undefined, 1, 1.1, 0.9, undefined, 1, 1.05, 0.95, 1]);
    expect(result).toMatchObject({ images: 8, better: 8, result: 'better' });
  });

  it('counts images by the weights of their payloads', () => {
    const differences = [1, 1, 1, 1, -1, -1, -1, -1];
    const weights = [3, 3, 3, 3, 1, 1, 1, 1];
    expect(one(differences, 1, weights)?.mean).toBeCloseTo(0.5, 12);
  });

  it.each([
    ['no image', []],
    ['one image', [5]],
  ])('is none with %s', (_, differences) => {
    expect(compare([pairing(differences)], { look: 1, weights: differences.map(() => 1) })).toEqual([]);
  });

  it.each([
    ['two images', [5, 5.1]],
    ['five equal differences', [1, 1, 1, 1, 1]],
    ['no difference at all', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['one good image among equal ones', [0, 0, 0, 0, 0, 0, 0, 1]],
  ])('claims nothing of %s', (_, differences) => {
    const result = one(differences);
    expect(result?.result).toBe('undecided');
    expect(result?.low).toBeLessThanOrEqual(0);
    expect(result?.high).toBeGreaterThanOrEqual(0);
  });

  it('claims equal differences once they are enough', () => {
    expect(one(Array.from({ length: 8 }, () => 0.25))).toMatchObject({
      result: 'better',
      low: 0.25,
      high: 0.25,
    });
  });

  it('asks more of a further look, and 5 % of all of them together', () => {
    const shares = Array.from({ length: 60 }, (_, i) => shareOfLook(i + 1));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(0.05, 6);
    const differences = [0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6, 0.5];
    const width = (look: number): number =>
      (one(differences, look)?.high ?? 0) - (one(differences, look)?.low ?? 0);
    expect(width(2)).toBeGreaterThan(width(1));
  });

  it('widens the interval on the side where rare images pull', () => {
    const result = one([0.2, 0.21, 0.19, 0.2, 0.22, 0.18, 0.2, 0.21, 0.19, 0.2, 0.2, -0.15]);
    const mean = result?.mean ?? 0;
    expect(mean - (result?.low ?? 0)).toBeGreaterThan(1.5 * ((result?.high ?? 0) - mean));
  });
});

describe('false claims', () => {
  /** Scores of two merges that are equally good, from 0 to 1 and skewed. */
  const worlds: Readonly<Record<string, (uniform: () => number) => number>> = {
    'even scores': (uniform) => uniform() - uniform(),
    'skewed scores': (uniform) => uniform() ** 4 - uniform() ** 4,
    'scores of which most are 0': (uniform) => Number(uniform() < 0.2) - Number(uniform() < 0.2),
    'a steady merge against a moody one': (uniform) => 1 / 3 - uniform() ** 2,
  };

  it.each(Object.entries(worlds))('are rare among %s', (_, draw) => {
    for (const images of [3, 6, 8, 12, 24]) {
      const uniform = createUniform(images, 11);
      let claims = 0;
      for (let run = 0; run < 200; run++) {
        const pairings = [1, 2, 3].map(() => pairing(Array.from({ length: images }, () => draw(uniform))));
        const comparisons = compare(pairings, { look: 1, weights: Array.from({ length: images }, () => 1) });
        if (comparisons.some(({ result }) => result !== 'undecided')) claims++;
      }
      // 5 % of 200, and what chance adds to that.
      expect(claims, `${images} images`).toBeLessThanOrEqual(16);
    }
  });
});
