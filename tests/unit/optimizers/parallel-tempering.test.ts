import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/optimizers/math/rng.ts';
import {
  exchangeTemperatures,
  swapProbability,
  type Walker,
} from '../../../src/optimizers/population/parallel-tempering.ts';

describe('exchange of temperatures', () => {
  it('compat: the published formula, which is certain for (1, 0.5) at temperatures 2 and 4', () => {
    const [i, j] = [
      { score: 1, temperature: 2 },
      { score: 0.5, temperature: 4 },
    ];
    expect(swapProbability(i, j, 'compat', 1)).toBe(1);
    expect(swapProbability({ ...i, temperature: 4 }, { ...j, temperature: 2 }, 'compat', 1)).toBeCloseTo(
      Math.exp(-(1 / 3) * (1 / 4)),
      12,
    );
    expect(swapProbability({ ...i, score: -0.5 }, j, 'compat', 1)).toBe(1);
  });

  it('fixed: keeps detailed balance, in units of the usual change', () => {
    const cold = { score: 1, temperature: 2 };
    const hot = { score: 0.5, temperature: 4 };
    expect(swapProbability(cold, hot, 'fixed', 1)).toBeCloseTo(Math.exp(-0.5 * 0.25), 12);
    expect(swapProbability(cold, hot, 'fixed', 0.1)).toBeCloseTo(Math.exp(-5 * 0.25), 12);
    expect(swapProbability({ ...cold, temperature: 4 }, { ...hot, temperature: 2 }, 'fixed', 1)).toBe(1);
  });

  it('moves temperatures and makes none', () => {
    const walkers: Walker[] = [1, 2, 3, 5, 8].map((temperature, i) => ({
      temperature,
      current: { point: [i / 4], score: Math.sin(i) },
    }));
    const before = walkers.map(({ current }) => current);
    const random = createRng(1);
    for (let round = 0; round < 10; round++) exchangeTemperatures(walkers, 'fixed', 0.01, random);
    expect(walkers.map(({ temperature }) => temperature).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 5, 8]);
    // The best walker, sin 2, has become the coldest, the worst, sin 4, the hottest.
    expect(walkers[2]?.temperature).toBe(1);
    expect(walkers[4]?.temperature).toBe(8);
    expect(walkers.map(({ current }) => current)).toEqual(before);
  });
});
