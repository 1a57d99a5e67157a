import { describe, expect, it } from 'vitest';
import { createGrid } from '../../../src/optimizers/ask-tell/grid.ts';
import { roundHalfEven } from '../../../src/shared/round-half-even.ts';
import { PointSet } from '../../../src/optimizers/ask-tell/point-set.ts';
import { freePointNear } from '../../../src/optimizers/ask-tell/free-point.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';

const dimension = (low: number, high: number, intervals: number) => ({ name: 'x', low, high, intervals });

describe('createGrid', () => {
  it.each([
    [0, 1, 10],
    [0, 1, 7],
    [-1, 2, 20],
    [0.1, 0.3, 101],
    [0, 1, 10000],
  ])('takes every grid value of %f to %f in %i steps to itself', (low, high, intervals) => {
    const grid = createGrid([dimension(low, high, intervals)]);
    for (let i = 0; i <= intervals; i++) {
      const value = Number((low + (i * (high - low)) / intervals).toFixed(8));
      expect(grid.values(grid.snap(grid.place([value])))).toEqual([value]);
    }
  });

  it('writes 8 decimals as the histories of the field do', () => {
    const grid = createGrid([dimension(0, 1, 10), dimension(0, 1, 3)]);
    expect(grid.values([3 / 10, 1 / 3])).toEqual([0.3, 0.33333333]);
    expect(createGrid([dimension(0, 1, 0)]).values([1 / 3])).toEqual([1 / 3]);
  });

  it('never leaves its bounds, whatever the rounding', () => {
    const grid = createGrid([dimension(0.123456789, 0.987654326, 4)]);
    expect(grid.values([0])).toEqual([0.12345679]);
    expect(grid.values([1])).toEqual([0.987654326]);
    expect(Object.is(createGrid([dimension(-0.3, 0.3, 2)]).values([0.5])[0], 0)).toBe(true);
  });

  it('snaps to the nearest value, halves to the even one, outside to the wall', () => {
    const grid = createGrid([dimension(0, 1, 4)]);
    expect([0.125, 0.375, 0.3, -3, 9].map((u) => grid.snap([u])[0])).toEqual([0, 0.5, 0.25, 0, 1]);
    expect([0.5, 1.5, 2.5, -0.5, 2.4, 2.6].map(roundHalfEven).map((x) => x + 0)).toEqual([0, 2, 2, 0, 2, 3]);
  });

  it('leaves fixed dimensions out of the cube', () => {
    const grid = createGrid([dimension(0, 1, 10), dimension(0.3, 0.3, 10), dimension(0, 2, 0)]);
    expect(grid.size).toBe(2);
    expect(grid.values([0.5, 0.5])).toEqual([0.5, 0.3, 1]);
    expect(grid.place([0.5, 0.9, 3])).toEqual([0.5, 1.5]);
    expect(grid.points).toBe(Infinity);
    expect(createGrid([]).points).toBe(1);
  });

  it('refuses bounds and steps that make no sense', () => {
    for (const [low, high] of [
      [1, 0],
      [Number.NaN, 1],
      [0, Infinity],
    ] as const) {
      expect(() => createGrid([dimension(low, high, 10)])).toThrow(`goes from ${low} to ${high}`);
    }
    for (const intervals of [-1, 2.5, Number.NaN]) {
      expect(() => createGrid([dimension(0, 1, intervals)])).toThrow(`has ${intervals} intervals`);
    }
  });
});

function only(point: readonly number[]): PointSet {
  const points = new PointSet();
  points.add(point);
  return points;
}

it('keeps a point once, and takes a zero of either sign for the same', () => {
  const points = only([0, 0.5]);
  points.add([-0, 0.5]);
  expect(points.size).toBe(1);
  expect(points.has([0.5, 0])).toBe(false);
  expect(points.has([0])).toBe(false);
});

describe('freePointNear', () => {
  const grid = createGrid([dimension(0, 1, 2), dimension(0, 1, 3)]);

  it('finds every point of a grid before it gives up', () => {
    const taken = new PointSet();
    for (let i = 0; i < 12; i++) {
      const point = freePointNear(grid, [0.5, 0], taken, createRng(i)) ?? [];
      expect(taken.has(point)).toBe(false);
      taken.add(point);
    }
    expect(freePointNear(grid, [0.5, 0], taken, createRng(1))).toBeUndefined();
  });

  it('prefers a step of one', () => {
    const near = freePointNear(grid, [0.5, 0], only([0.5, 0]), createRng(2));
    expect([
      [0, 0],
      [1, 0],
      [0.5, 1 / 3],
    ]).toContainEqual(near);
  });

  it('moves a continuous coordinate where there is no grid', () => {
    const line = createGrid([dimension(0, 1, 0)]);
    expect(freePointNear(line, [0.5], only([0.5]), createRng(3))).not.toEqual([0.5]);
  });
});
