import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { nextPlace, topOfParabola } from '../../../src/optimizers/local/line-search.ts';
import { cube, run } from '../../contracts/optimizer.contract.ts';

const SEGMENT = { low: -0.3, high: 0.7, resolution: 0.05 };
const at = (score: (t: number) => number, ...places: number[]): { t: number; score: number }[] =>
  places.map((t) => ({ t, score: score(t) }));

describe('the line search', () => {
  it('finds the top of a parabola exactly, and none where nothing bends down', () => {
    const [a, b, c] = at((t) => 5 - 3 * (t - 0.2) ** 2, -0.3, 0.1, 0.7);
    if (a === undefined || b === undefined || c === undefined) throw new Error('three samples');
    expect(topOfParabola(a, b, c)).toBeCloseTo(0.2, 12);
    const line = { t: 0.1, score: 1 };
    expect(topOfParabola({ t: 0, score: 0 }, line, { t: 0.2, score: 2 })).toBeUndefined();
    expect(topOfParabola({ t: 0, score: 2 }, line, { t: 0.2, score: 2 })).toBeUndefined();
    expect(topOfParabola({ t: 0, score: -Infinity }, line, { t: 0.2, score: 0 })).toBeUndefined();
  });

  it('looks at the far end, the near end, then at the top', () => {
    const hill = (t: number): number => -((t - 0.2) ** 2);
    expect(nextPlace(at(hill, 0), [], SEGMENT)).toBe(0.7);
    expect(nextPlace(at(hill, 0), [0.7], SEGMENT)).toBe(-0.3);
    expect(nextPlace(at(hill, 0), [0.7, -0.3], SEGMENT)).toBeUndefined();
    expect(nextPlace(at(hill, 0, 0.7, -0.3), [], SEGMENT)).toBeCloseTo(0.2, 12);
    expect(nextPlace(at(hill, 0, 0.7, -0.3, 0.2), [], SEGMENT)).toBeUndefined();
  });

  it('looks between an end and its neighbour when the end is the best so far', () => {
    const hill = (t: number): number => -((t + 0.2) ** 2);
    expect(nextPlace(at(hill, 0.7, 0.3, -0.3), [], SEGMENT)).toBeCloseTo(-0.2, 12);
  });

  it('stays on the line', () => {
    const hill = (t: number): number => -((t - 2) ** 2);
    expect(nextPlace(at(hill, 0, 0.7, -0.3), [], SEGMENT)).toBeUndefined();
  });
});

describe("Powell's method", () => {
  it('needs at most three points a dimension where dimensions do not interact', () => {
    const dimensions = cube(27, 10);
    const target = dimensions.map((_, d) => ((7 * d) % 11) / 10);
    const optimizer = createOptimizer('powells-method', { space: { dimensions }, seed: 1 });
    const asked = run(
      optimizer,
      (values) => -values.reduce((sum, x, d) => sum + (x - (target[d] ?? 0)) ** 2, 0),
      10 + 81,
    );
    expect(asked.map(({ values }) => String(values))).toContain(String(target));
  });

  it('searches along the way of a sweep next', () => {
    const optimizer = createOptimizer('powells-method', {
      space: { dimensions: cube(2, 0) },
      seed: 1,
      options: { initialize: { random: 1, grid: 0, vertices: 0 } },
    });
    optimizer.enqueue([0.2, 0.2]);
    // A ridge along the diagonal: each axis gains a little, the diagonal a lot.
    const ridge = ([x = 0, y = 0]: readonly number[]): number => -40 * (x - y) ** 2 - (x - 0.8) ** 2;
    const asked = run(optimizer, ridge, 9).map(({ values }) => values);
    const [start = [0, 0], end = [0, 0]] = [asked[0], asked[6]];
    const way = end.map((x, d) => x - (start[d] ?? 0));
    const next = (asked[7] ?? []).map((x, d) => x - (end[d] ?? 0));
    expect((way[0] ?? 0) * (next[1] ?? 0) - (way[1] ?? 0) * (next[0] ?? 0)).toBeCloseTo(0, 9);
    expect(Math.abs((way[0] ?? 0) * (way[1] ?? 0))).toBeGreaterThan(1e-9);
  });

  it('takes no more than iters_p_dim points of a line', () => {
    const optimizer = createOptimizer('powells-method', {
      space: { dimensions: cube(3, 10) },
      seed: 1,
      options: { iters_p_dim: 1, initialize: { random: 1, grid: 0, vertices: 0 } },
    });
    optimizer.enqueue([0.4, 0.4, 0.4]);
    const asked = run(optimizer, () => 0, 4).map(({ values }) => values);
    expect(asked.slice(1)).toEqual([
      [1, 0.4, 0.4],
      [0.4, 1, 0.4],
      [0.4, 0.4, 1],
    ]);
  });
});
