import { describe, expect, it } from 'vitest';
import {
  colour,
  startDistribution,
  strategyConstants,
  update,
  whiten,
} from '../../../../../src/optimizers/population/cma/distribution.ts';

describe('strategy constants', () => {
  it('are the published ones in 27 dimensions', () => {
    const constants = strategyConstants(27, 6);
    expect(constants.muEff).toBeCloseTo(3.729, 3);
    expect(constants.cSigma).toBeCloseTo(0.1604, 4);
    expect(constants.dSigma).toBeCloseTo(1.1604, 4);
    expect(constants.cC).toBeCloseTo(0.1323, 4);
    expect(constants.c1).toBeCloseTo(0.002486, 6);
    expect(constants.cMu).toBeCloseTo(0.00473, 5);
    expect(constants.chiN).toBeCloseTo(5.1484, 4);
    expect(constants.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 14);
  });
});

describe('an update', () => {
  const constants = strategyConstants(3, 3);

  it('leaves the mean where it is when all samples lie on it, and narrows the step', () => {
    const state = startDistribution([0.2, 0.5, 0.7], 0.3);
    const still = [1, 2, 3].map(() => new Float64Array(3));
    update(state, still, constants, false);
    expect([...state.mean]).toEqual([0.2, 0.5, 0.7]);
    expect(state.sigma).toBeLessThan(0.3);
  });

  it('moves the mean by the weighted steps, by σ and the stretch', () => {
    const state = startDistribution([0.5, 0.5, 0.5], 0.1);
    state.stretch[1] = 2;
    const steps = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ].map((step) => Float64Array.from(step));
    update(state, steps, constants, false);
    for (const d of [0, 1, 2]) {
      const factor = d === 1 ? 0.2 : 0.1;
      expect(state.mean[d]).toBeCloseTo(0.5 + factor * (constants.weights[d] ?? 0), 14);
    }
  });

  it('learns the direction that succeeds again and again', () => {
    const state = startDistribution([0.5, 0.5, 0.5], 0.1);
    const steps = [2, 1.5, 1].map((length) => Float64Array.of(length, length, 0));
    for (let generation = 0; generation < 20; generation++) update(state, steps, constants, false);
    expect(state.covariance[1]).toBeGreaterThan(0.1);
    expect(state.sigma).toBeGreaterThan(0.1);
    const z = [0.3, -1, 0.4];
    const there = colour(state, z);
    const back = whiten(state, there);
    const length = (v: ArrayLike<number>): number => Math.hypot(...Array.from(v));
    expect(length(back)).toBeCloseTo(length(z), 10);
  });

  it('on flat ground only widens the step', () => {
    const state = startDistribution([0.5, 0.5, 0.5], 0.1);
    update(state, [Float64Array.of(1, 0, 0)], constants, true);
    expect([...state.mean]).toEqual([0.5, 0.5, 0.5]);
    expect(state.sigma).toBeGreaterThan(0.1);
  });
});
