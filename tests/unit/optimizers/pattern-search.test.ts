import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import type { Optimizer } from '../../../src/optimizers/index.ts';
import { cube, run } from '../../contracts/optimizer.contract.ts';

function search(size: number, intervals: number, seed: number, options: Record<string, unknown>): Optimizer {
  return createOptimizer('pattern-search', {
    space: { dimensions: cube(size, intervals) },
    seed,
    options: { initialize: { random: 1, grid: 0, vertices: 0 }, ...options },
  });
}

describe('pattern search', () => {
  it('looks to one side, then to the other, then closer', () => {
    const optimizer = search(1, 0, 1, {});
    optimizer.enqueue([0.5]);
    const asked = run(optimizer, ([x = 0]) => -Math.abs(x - 0.5), 5).map(({ values }) => values[0] ?? 0);
    expect(asked.slice(1, 3).toSorted((a, b) => a - b)).toEqual([0.25, 0.75]);
    const closer = asked.slice(3, 5).toSorted((a, b) => a - b);
    expect(closer[0]).toBeCloseTo(0.275, 12);
    expect(closer[1]).toBeCloseTo(0.725, 12);
  });

  it('repeats gains as one long move', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const optimizer = search(1, 0, seed, { n_positions: 1, pattern_size: 0.1 });
      optimizer.enqueue([0.2]);
      const asked = run(optimizer, ([x = 0]) => x, 4).map(({ values }) => values[0] ?? 0);
      // Down and up, or up twice; then as far again as the two looks together have gained.
      const expected = (asked[1] ?? 0) < 0.2 ? [0.2, 0.1, 0.3, 0.4] : [0.2, 0.3, 0.4, 0.6];
      for (const [i, value] of expected.entries()) expect(asked[i]).toBeCloseTo(value, 9);
    }
  });

  it('moves groups of coordinates first, single ones when groups gain nothing, never less than a grid step', () => {
    const optimizer = search(8, 10, 2, { pattern_size: 0.01 });
    const middle = Array.from({ length: 8 }, () => 0.5);
    optimizer.enqueue(middle);
    const moved = run(optimizer, (values) => (String(values) === String(middle) ? 1 : 0), 25)
      .slice(1)
      .map(({ values }) => values.map((x) => Math.abs(Math.round(10 * (x - 0.5)))))
      .map((steps) => steps.reduce((sum, step) => sum + step, 0));
    // Two groups of four both ways, long moves from nowhere to nowhere left out; four of two; eight single ones.
    expect(moved).toEqual([
      4,
      4,
      4,
      4,
      ...Array.from({ length: 8 }, () => 2),
      ...Array.from({ length: 12 }, () => 1),
    ]);
  });
});
