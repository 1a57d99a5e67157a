import { describe, expect, it } from 'vitest';
import { createGrid } from '../../../src/optimizers/ask-tell/grid.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import { mutate, recombine, redrawGenes } from '../../../src/optimizers/population/variation.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

describe('variation', () => {
  it('recombination takes every coordinate from one of the parents, from each about equally often', () => {
    const [a, b] = [Array.from({ length: 1000 }, () => 0.2), Array.from({ length: 1000 }, () => 0.9)];
    const child = recombine([a, b], createRng(1));
    expect(new Set(child)).toEqual(new Set([0.2, 0.9]));
    expect(child.filter((x) => x === 0.2).length / 1000).toBeCloseTo(0.5, 1);
  });

  it('mutation has the standard deviation asked for, but half a grid step at least', () => {
    const grid = createGrid([...cube(1, 10), ...cube(1, 100), ...cube(1, 0)]);
    const random = createRng(2);
    const draws = Array.from({ length: 20_000 }, () => mutate([0.5, 0.5, 0.5], grid, 0.02, random));
    const deviations = [0, 1, 2].map((d) =>
      Math.sqrt(draws.reduce((sum, x) => sum + ((x[d] ?? 0) - 0.5) ** 2, 0) / draws.length),
    );
    expect(deviations[0]).toBeCloseTo(0.05, 2);
    expect(deviations[1]).toBeCloseTo(0.02, 3);
    expect(deviations[2]).toBeCloseTo(0.02, 3);
  });

  it('redrawing changes two genes of many on average, and one at least', () => {
    const grid = createGrid(cube(27, 0));
    const random = createRng(3);
    const point = grid.intervals.map(() => 0.5);
    const counts = Array.from(
      { length: 2000 },
      () => redrawGenes(point, grid, random).filter((x) => x !== 0.5).length,
    );
    expect(Math.min(...counts)).toBe(1);
    expect(counts.reduce((sum, count) => sum + count, 0) / counts.length).toBeCloseTo(1 + 26 / 27, 1);
  });
});
