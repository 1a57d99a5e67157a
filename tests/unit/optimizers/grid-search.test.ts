import { describe, expect, it } from 'vitest';
import { goldenStride, gridWalk } from '../../../src/optimizers/sampling/grid-search.ts';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { cube, run } from '../../contracts/optimizer.contract.ts';

const diagonal = { step_size: 1, direction: 'diagonal' } as const;
const orthogonal = { step_size: 1, direction: 'orthogonal' } as const;

describe('the walk through a grid', () => {
  it.each([1, 2, 5, 7, 12, 100])('visits every point of 3 × 4 once, in steps of %i', (step_size) => {
    for (const direction of ['diagonal', 'orthogonal'] as const) {
      const visit = gridWalk([3, 4], { step_size, direction }, 5n);
      const points = Array.from({ length: 12 }, (_, i) => visit(BigInt(i)).join());
      expect(new Set(points).size).toBe(12);
    }
  });

  it('runs through the first dimension fastest when orthogonal', () => {
    const visit = gridWalk([3, 4], orthogonal);
    expect([0n, 1n, 2n, 3n, 11n].map(visit)).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
      [2, 3],
    ]);
    const skipping = gridWalk([3, 4], { ...orthogonal, step_size: 5 });
    expect([0n, 1n, 2n, 3n].map(skipping)).toEqual([
      [0, 0],
      [2, 1],
      [1, 3],
      [1, 0],
    ]);
  });

  it('strides by a number without a common divisor', () => {
    for (const length of [1n, 2n, 12n, 100n, 11n ** 27n, 8n ** 27n, 16n ** 40n]) {
      const stride = goldenStride(length);
      let [a, b] = [stride, length];
      while (b > 0n) [a, b] = [b, a % b];
      expect(a).toBe(1n);
      expect(stride).toBeGreaterThan(0n);
    }
    expect(goldenStride(100n)).toBe(61n);
  });

  it.each([8, 11, 101])('moves all 27 dimensions of %i values from the start', (size) => {
    const sizes = Array.from({ length: 27 }, () => size);
    const visit = gridWalk(sizes, diagonal);
    const points = Array.from({ length: 270 }, (_, i) => visit(BigInt(i)));
    expect(new Set(points.map(String)).size).toBe(270);
    for (let d = 0; d < 26; d++) {
      const values = points.map((point) => point[d] ?? -1);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThan(size);
      const mean = values.reduce((sum, value) => sum + value, 0) / 270 / (size - 1);
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.12);
    }
  });
});

it('grid search finishes a small space, queued points included', () => {
  const optimizer = createOptimizer('grid-search', { space: { dimensions: cube(2, 3) }, seed: 1 });
  optimizer.enqueue([1 / 3, 1]);
  expect(new Set(run(optimizer, () => 0, 16).map(({ values }) => String(values))).size).toBe(16);
});
