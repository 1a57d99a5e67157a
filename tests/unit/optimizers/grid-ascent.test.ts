import { describe, expect, it } from 'vitest';
import { createGrid, type CubePoint } from '../../../src/optimizers/ask-tell/grid.ts';
import { ascend } from '../../../src/optimizers/model/grid-ascent.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

describe('ascent on the grid', () => {
  const grid = createGrid(cube(4, 10));
  const top = [0.3, 1, 0, 0.7];
  const value = (point: CubePoint): number =>
    -point.reduce((sum, x, d) => sum + Math.abs(x - (top[d] ?? 0)), 0);
  const starts = [[0.5, 0.5, 0.5, 0.5]];
  const effort = { climbs: 1, sweeps: 3 };

  it('finds the top of a sum over coordinates from anywhere', () => {
    expect(ascend(value, grid, starts, () => false, effort, createRng(1))).toEqual(top);
  });

  it('stops next to a taken top, and leaves a taken start', () => {
    const isTaken = (point: CubePoint): boolean => grid.key(point) === grid.key(top);
    const found = ascend(value, grid, starts, isTaken, effort, createRng(1)) ?? [];
    expect(value(found)).toBeCloseTo(-0.1, 12);
    const left = ascend(value, grid, [top], isTaken, effort, createRng(1)) ?? [];
    expect(value(left)).toBeCloseTo(-0.1, 12);
  });

  it('has no answer where all is taken', () => {
    expect(ascend(value, grid, starts, () => true, effort, createRng(1))).toBeUndefined();
  });
});
