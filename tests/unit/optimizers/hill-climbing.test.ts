import { describe, expect, it } from 'vitest';
import { createGrid } from '../../../src/optimizers/ask-tell/grid.ts';
import { initialPoints } from '../../../src/optimizers/ask-tell/initial-points.ts';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import { takeStep } from '../../../src/optimizers/local/steps.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

describe('steps of hill climbing', () => {
  const line = createGrid(cube(1, 1000));

  it.each([
    ['normal', 30, 0],
    ['laplace', 30 * 1.414, 0],
    ['logistic', 30 * 1.814, 0],
    ['gumbel', 30 * 1.283, 30 * 0.577],
  ] as const)('are %s with the published scale', (distribution, sd, drift) => {
    const random = createRng(11);
    const steps = Array.from(
      { length: 100_000 },
      () => ((takeStep([0.5], line, 0.03, distribution, random)[0] ?? 0) - 0.5) * 1000,
    );
    const mean = steps.reduce((sum, value) => sum + value, 0) / steps.length;
    const deviation = Math.sqrt(steps.reduce((sum, value) => sum + (value - mean) ** 2, 0) / steps.length);
    expect(Math.abs(deviation / sd - 1)).toBeLessThan(0.015);
    expect(Math.abs(mean - drift)).toBeLessThan(0.5);
  });
});

describe('hill climbing', () => {
  it('starts from the best initial point and moves only to something better, every third neighbour', () => {
    const dimensions = cube(3, 1000);
    const optimizer = createOptimizer('hill-climbing', {
      space: { dimensions },
      seed: 2,
      options: { initialize: { random: 3, grid: 0, vertices: 0 }, epsilon: 0.001 },
    });
    const firsts = [0.1, 0.9, 0.2].map((score) => {
      const { id, values } = optimizer.ask();
      optimizer.tell(id, score);
      return values;
    });
    const around = (centre: readonly number[] | undefined): readonly number[][] =>
      [0, 1, 2].map((i) => {
        const { id, values } = optimizer.ask();
        for (const [d, value] of values.entries())
          expect(Math.abs(value - (centre?.[d] ?? 9))).toBeLessThan(0.01);
        optimizer.tell(id, i === 0 ? 0.95 : 0.5);
        return [...values];
      });
    const [better] = around(firsts[1]);
    around(better);
  });
});

describe('initialPoints', () => {
  const kinds = { random: 2, grid: 4, vertices: 4 };

  it('are two random points, the centre, four corners and three random fillers in 27 dimensions', () => {
    const grid = createGrid(cube(27, 10));
    const points = initialPoints(grid, kinds, 1);
    expect(points).toHaveLength(10);
    expect(points[2]).toEqual(Array.from({ length: 27 }, () => 0.5));
    const corners = points.slice(3, 7);
    for (const corner of corners) expect(corner.every((u) => u === 0 || u === 1)).toBe(true);
    expect(new Set(corners.map(String)).size).toBe(4);
    for (const point of points) expect(grid.snap(point)).toEqual(point);
  });

  it.each([
    [10, 0.5],
    [11, 5 / 11],
    [1, 1],
  ])('put the mesh of a grid with %i steps at %f', (steps, centre) => {
    expect(initialPoints(createGrid(cube(3, steps)), { random: 0, grid: 1, vertices: 0 }, 1)).toEqual([
      [centre, centre, centre],
    ]);
  });

  it('make a real mesh in few dimensions', () => {
    expect(initialPoints(createGrid(cube(2, 9)), { random: 0, grid: 4, vertices: 0 }, 1)).toEqual([
      [1 / 3, 1 / 3],
      [1 / 3, 2 / 3],
      [2 / 3, 1 / 3],
      [2 / 3, 2 / 3],
    ]);
  });
});
