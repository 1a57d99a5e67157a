/** Blocks that are shared out: a box for optimizers, weights that add up to at most 1 for everybody else. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGrid } from '../../../src/optimizers/ask-tell/grid.ts';
import { dimensionsOf, reachOf } from '../../../src/optimizers/reach.ts';
import { createUniform } from '../../../src/shared/random.ts';
import { placeOf, sharesAt } from '../../../src/space/shares.ts';
import { createSpace, decode, encode, holds, parametersOfSpace } from '../../../src/space/space.ts';
import type { BlockSpace, SpaceSettings } from '../../../src/space/space.ts';

const MODELS = ['multi-sum:c', 'multi-sum:d'];
const settings: SpaceSettings = {
  architecture: 'sd1',
  low: 0,
  high: 1,
  intervals: 10,
  blocks: {},
  groups: ['IN00,IN01'],
  shares: MODELS,
};
const space = createSpace(settings);

const places = fc
  .integer({ min: 2, max: 7 })
  .chain((n) => fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: n, maxLength: n }));
const sumOf = (weights: readonly number[]): number => weights.reduce((sum, weight) => sum + weight, 0);

describe('the shares of a block', () => {
  it('are at least 0, have six digits, and add up to at most 1', () => {
    fc.assert(
      fc.property(places, (place) => {
        const weights = sharesAt(place);
        for (const weight of weights) {
          expect(weight).toBeGreaterThanOrEqual(0);
          expect(Math.round(weight * 1e6) / 1e6).toBe(weight);
        }
        expect(sumOf(weights)).toBeLessThan(1 + 1e-12);
      }),
    );
  });

  it('are found again: their place gives the very same shares', () => {
    fc.assert(
      fc.property(places, (place) => {
        const weights = sharesAt(place);
        expect(sharesAt(placeOf(weights))).toEqual(weights);
      }),
    );
  });

  it('have one place, but for rounding, as long as something is left', () => {
    const inner = fc.array(fc.double({ min: 0.01, max: 0.9, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(inner, (place) => {
        // Six digits of what is left, which is never below 0.04.
        for (const [n, value] of placeOf(sharesAt(place)).entries())
          expect(value).toBeCloseTo(place[n] ?? 0, 3);
      }),
    );
  });

  it('are each model alone in the corners, and model A where all numbers are 0', () => {
    expect(sharesAt([0, 0, 0])).toEqual([0, 0, 0]);
    expect(sharesAt([1, 0.3, 0.7])).toEqual([1, 0, 0]);
    expect(sharesAt([0, 1, 0.7])).toEqual([0, 1, 0]);
    expect(sharesAt([0, 0, 1])).toEqual([0, 0, 1]);
    expect(placeOf([1, 0, 0])).toEqual([1, 0, 0]);
    // The third of three takes half of what two thirds have left.
    expect(sharesAt([1 - 0.5 ** 3, 1 - 0.5 ** 2, 0.5])).toEqual([0.5, 0.25, 0.125]);
  });

  it('are uniform where the numbers are: every model has as much on average, with the spread of a uniform simplex', () => {
    const random = createUniform(7);
    const draws = 8000;
    const [models, parts] = [3, 4];
    const drawn = Array.from({ length: draws }, () => {
      const weights = sharesAt(Array.from({ length: models }, () => random()));
      return [1 - sumOf(weights), ...weights];
    });
    // Of a flat Dirichlet distribution: mean 1/k, variance (k - 1) / (k² (k + 1)), covariance -1 / (k² (k + 1)).
    const meanOf = (values: readonly number[]): number => sumOf(values) / draws;
    const means = Array.from({ length: parts }, (_, p) => meanOf(drawn.map((one) => one[p] ?? 0)));
    for (const mean of means) expect(Math.abs(mean - 1 / parts)).toBeLessThan(0.008);
    for (let p = 0; p < parts; p++) {
      for (let q = 0; q < parts; q++) {
        const product = meanOf(drawn.map((one) => (one[p] ?? 0) * (one[q] ?? 0)));
        const expected = (p === q ? 2 : 1) / (parts * (parts + 1));
        expect(Math.abs(product - expected)).toBeLessThan(0.006);
      }
    }
    // P(share > 1/2) = (1/2)^(k - 1), whichever the model.
    for (let p = 0; p < parts; p++) {
      const large = meanOf(drawn.map((one) => Number((one[p] ?? 0) > 0.5)));
      expect(Math.abs(large - 0.5 ** (parts - 1))).toBeLessThan(0.015);
    }
  });
});

describe('a space of shares', () => {
  const random = createUniform(3);
  const anyPoint = ({ dimensions }: BlockSpace): number[] => dimensions.map(() => random());

  it('has a number for every model and block, and a group shares all of them', () => {
    expect(space.dimensions).toHaveLength(3 * 26);
    expect(space.dimensions.slice(0, 4).map(({ name, blocks }) => [name, blocks])).toEqual([
      ['IN00+IN01', ['IN00', 'IN01']],
      ['multi-sum:c@IN00+IN01', []],
      ['multi-sum:d@IN00+IN01', []],
      ['IN02', ['IN02']],
    ]);
    expect(parametersOfSpace(space)).toHaveLength(2 * 27);
  });

  it('names the weight of every model in every block, on the grid too, and finds the point again', () => {
    const grid = createGrid(dimensionsOf({ space }));
    for (let n = 0; n < 20; n++) {
      const point = grid.values(grid.snap(grid.place(anyPoint(space))));
      const weights = decode(space, point);
      for (const block of ['IN00', 'IN01', 'M00', 'OUT11']) {
        const own = [weights[block] ?? NaN, ...MODELS.map((model) => weights[`${model}@${block}`] ?? NaN)];
        expect(Math.min(...own)).toBeGreaterThanOrEqual(0);
        expect(sumOf(own)).toBeLessThan(1 + 1e-12);
      }
      expect(weights['multi-sum:c@IN00']).toBe(weights['multi-sum:c@IN01']);
      expect(holds(space, weights)).toBe(true);
      expect(decode(space, encode(space, weights))).toEqual(weights);
    }
  });

  it('takes weights of other merges as near as it can: of the whole, by patterns, and too many of them', () => {
    const given = { IN02: 0.5, 'multi-sum:c': 0.1, 'multi-sum:c@IN*': 0.2, 'multi-sum:d@OUT00': 3, OUT00: 1 };
    const found = decode(space, encode(space, given));
    expect(found).toMatchObject({ IN02: 0.5, 'multi-sum:c@IN02': 0.2, 'multi-sum:d@IN02': 0 });
    expect(found['multi-sum:d@OUT00']).toBeCloseTo(3 / 4.1, 6);
    expect(found['OUT00']).toBeCloseTo(1 / 4.1, 6);
  });

  it('says what it cannot reach', () => {
    const rest = decode(space, encode(space, {}));
    const { unreachable } = reachOf({ space }, { IN02: 0.8, 'multi-sum:c@IN02': 0.6 }, rest);
    expect(unreachable.join()).toContain('the models share IN02,');
    const half = { IN02: 0.5, 'multi-sum:c@IN02': 0.25, 'multi-sum:d@IN02': 0.25 };
    expect(reachOf({ space }, half, rest).unreachable).toEqual([]);
  });

  it('leaves blocks at model A, and refuses what cannot be', () => {
    const part = createSpace({ ...settings, blocks: { 'OUT*': 0 } });
    expect(part.dimensions).toHaveLength(3 * 13);
    expect(decode(part, anyPoint(part))).toMatchObject({ OUT03: 0 });
    const refused = (over: Partial<SpaceSettings>): unknown => createSpace({ ...settings, ...over });
    expect(() => refused({ blocks: { M00: 0.4 } })).toThrow('leave out --block M00, or give --block M00=0.');
    expect(() => refused({ blocks: { M00: { low: 0.2, high: 1 } } })).toThrow('from 0 to 1');
    expect(() => refused({ low: -1 })).toThrow('leave out --low and --high');
    expect(() => refused({ curve: ['4'] })).toThrow('--shares cannot be combined with --curve');
    const c = { name: 'multi-sum:c@IN*', low: 0, high: 1, neutral: 0, intervals: 10 };
    expect(() => refused({ parameters: [c] })).toThrow('leave out --search multi-sum:c@IN*');
  });
});
