import { describe, expect, it } from 'vitest';
import { startMean } from '../../../src/optimizers/population/cma-es.ts';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

const seen = (point: number[], score: number) => ({ id: undefined, point, score, variance: 0 });

describe('the first mean', () => {
  it('is the only point known, and undefined without one', () => {
    expect(startMean([])).toBeUndefined();
    expect(startMean([seen([0.2, 0.9], 5)])).toEqual([0.2, 0.9]);
  });

  it('is near a point that is far ahead of the others', () => {
    const others = Array.from({ length: 10 }, (_, i) => seen([i / 10, 0], 0.01 * i));
    const mean = startMean([...others, seen([0.35, 1], 10)]) ?? [];
    expect(mean[1]).toBeGreaterThan(0.97);
    expect(mean[0]).toBeCloseTo(0.35, 1);
  });

  it('does not depend on the scale of the scores', () => {
    const points = [seen([0, 0.1], 1), seen([1, 0.7], 2), seen([0.5, 0.3], 4)];
    const mean = startMean(points) ?? [];
    const scaled = startMean(points.map(({ point, score }) => seen(point, 1e6 * score - 7))) ?? [];
    for (const [d, x] of mean.entries()) expect(scaled[d]).toBeCloseTo(x, 9);
  });
});

describe('the search', () => {
  const sphere = (values: readonly number[]): number => -values.reduce((sum, x) => sum + (x - 0.6) ** 2, 0);

  it('comes to the grid point next to the optimum, whatever the order of the tells and with failures', () => {
    const optimizer = createOptimizer('cma-es', { space: { dimensions: cube(5, 10) }, seed: 4 });
    for (let round = 0; round < 60; round++) {
      const asked = Array.from({ length: 8 }, () => optimizer.ask());
      for (const { id, values } of asked.toReversed()) {
        optimizer.tell(id, values[0] === 0 ? 'failed' : sphere(values));
      }
    }
    expect(optimizer.best()?.values).toEqual([0.6, 0.6, 0.6, 0.6, 0.6]);
  });

  it('starts anew with a larger population when it is asked to', () => {
    const dimensions = cube(2, 0);
    // Nothing improves once the middle of the bowl is reached: there it is flat.
    const bowl = (values: readonly number[]): number => Math.round(1e4 * sphere(values)) / 1e4;
    const farthest = (ipop_restart: boolean): number => {
      const options = { ipop_restart, population: 6 };
      const optimizer = createOptimizer('cma-es', { space: { dimensions }, seed: 1, options });
      const distances = Array.from({ length: 800 }, () => {
        const { id, values } = optimizer.ask();
        optimizer.tell(id, bowl(values));
        return Math.hypot((values[0] ?? 0) - 0.6, (values[1] ?? 0) - 0.6);
      });
      return Math.max(...distances.slice(200));
    };
    expect(farthest(false)).toBeLessThan(0.1);
    expect(farthest(true)).toBeGreaterThan(0.3);
  });
});
