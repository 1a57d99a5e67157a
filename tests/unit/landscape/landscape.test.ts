import { describe, expect, it } from 'vitest';
import { builtinLandscape, gainAt, parseLandscape, scoreAt, truthAt } from '../../../src/landscape/index.ts';

const landscape = builtinLandscape();

describe('the built-in landscape', () => {
  it.each(landscape.tests.map((test, i) => [i, test] as const))(
    'reproduces published test point %i to 1e-9',
    (_, test) => {
      expect(Math.abs(truthAt(landscape, test.x) - test.smooth)).toBeLessThan(1e-9);
      expect(Math.abs(scoreAt(landscape, test.x) - test.score)).toBeLessThan(1e-9);
    },
  );

  it('has three test points of 27 weights', () => {
    expect(landscape.tests.map((test) => test.x.length)).toEqual([27, 27, 27]);
  });

  it('has gain 1 at the best known point and less at A, B and half way', () => {
    expect(gainAt(landscape, landscape.best_x)).toBeCloseTo(1, 6);
    expect(gainAt(landscape, uniform(0))).toBeCloseTo(0.152, 3);
    expect(gainAt(landscape, uniform(1))).toBeCloseTo(-0.082, 3);
    expect(gainAt(landscape, uniform(0.5))).toBeCloseTo(0, 3);
  });

  it.each(Array.from({ length: 27 }, (_, i) => i))('depends on weight %i', (i) => {
    const moved = uniform(0.5).with(i, 0.9);
    expect(Math.abs(truthAt(landscape, moved) - truthAt(landscape, uniform(0.5)))).toBeGreaterThan(1e-5);
  });
});

describe('parseLandscape', () => {
  it('refuses what is no landscape', () => {
    expect(() => parseLandscape({ name: 'x' })).toThrow(/not a landscape file/u);
  });

  it('refuses rows of another length', () => {
    const broken = { ...landscape, X: landscape.X.map((row) => row.slice(1)) };
    expect(() => parseLandscape(broken)).toThrow(/a row does not have 27 numbers/u);
  });

  it('refuses arrays that do not belong together', () => {
    expect(() => parseLandscape({ ...landscape, v: [] })).toThrow(/X and v differ in length/u);
  });
});

function uniform(value: number): number[] {
  return Array.from({ length: 27 }, () => value);
}
