import { describe, expect, it } from 'vitest';
import {
  erf,
  erfc,
  erfcx,
  expectedImprovement,
  logImprovement,
  logImprovementSlope,
  normalCdf,
} from '../../../../src/optimizers/math/normal.ts';

// Series of erf summed with 400 digits (Python 3.12 decimal).
const ERRORS = [
  [0.3, 3.286267594591274276e-1, 6.713732405408725724e-1, 7.345993345676551423e-1],
  [0.7, 6.77801193837418473e-1, 3.22198806162581527e-1, 5.259303373494409411e-1],
  [2, 9.953222650189527342e-1, 4.677734981047265838e-3, 2.553956763105057439e-1],
  [5, 9.999999999984625402e-1, 1.53745979442803485e-12, 1.107046377330686264e-1],
  [10, 1, 2.088487583762544757e-45, 5.614099274382258586e-2],
] as const;

// log(φ(z) + z Φ(z)) and Φ(z), from the same series.
const TAIL = [
  [2, 6.973835457882283122e-1, 9.772498680518207928e-1],
  [0.5, -3.598276837450638186e-1, 6.914624612740131036e-1],
  [-0.5, -1.620516264387319919, 3.085375387259868964e-1],
  [-1, -2.485121025712641337, 1.586552539314570514e-1],
  [-2, -4.768783523917114157, 2.27501319481792072e-2],
  [-5, -1.674430116266099014e1, 2.866515718791939117e-7],
  [-12, -7.790910054500734828e1, 1.776482112077678998e-33],
] as const;

describe('error functions', () => {
  it.each(ERRORS)('at %f', (x, value, complement, scaled) => {
    expect(Math.abs(erf(x) / value - 1)).toBeLessThan(1e-14);
    expect(Math.abs(erfc(x) / complement - 1)).toBeLessThan(1e-13);
    expect(Math.abs(erfcx(x) / scaled - 1)).toBeLessThan(1e-14);
    expect(erf(-x)).toBe(-erf(x));
    expect(erfc(-x)).toBeCloseTo(1 + value, 14);
  });
});

describe('logImprovement', () => {
  it.each(TAIL)('at %f, and Φ', (z, log, cdf) => {
    expect(Math.abs(logImprovement(z) / log - 1)).toBeLessThan(1e-12);
    expect(Math.abs(normalCdf(z) / cdf - 1)).toBeLessThan(1e-13);
  });

  it('joins its three forms and is finite and rising everywhere', () => {
    for (const seam of [-1, -1e6]) {
      expect(logImprovement(seam * (1 + 1e-9)) / logImprovement(seam * (1 - 1e-9))).toBeCloseTo(1, 7);
    }
    const values = [-1e10, -1e6, -1e3, -40, -1, 0, 5, 40].map(logImprovement);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });

  it.each([-1e4, -30, -3, -1.001, -0.999, 0, 2])('has the slope of its differences at %f', (z) => {
    const step = 1e-6 * Math.max(1, Math.abs(z));
    const difference = (logImprovement(z + step) - logImprovement(z - step)) / (2 * step);
    expect(logImprovementSlope(z) / difference).toBeCloseTo(1, 5);
  });
});

describe('expectedImprovement', () => {
  it('is that of the published surrogate at fixed parameters', () => {
    // Gradient-Free-Optimizers 1.3, mean and standard deviation of its Gaussian process, xi 0.03, best 1.
    expect(expectedImprovement(0.67625847, 0.4017071, 1, 0.03)).toBeCloseTo(0.04179886, 7);
    expect(expectedImprovement(0.57407285, 0.67676218, 1, 0.03)).toBeCloseTo(0.10107745, 7);
    expect(expectedImprovement(0.75115326, 0.30229097, 1, 0.03)).toBeCloseTo(0.02913073, 7);
  });

  it('is 0 without deviation or gain, rises with the deviation, falls with xi', () => {
    expect(expectedImprovement(1, 0, 2)).toBe(0);
    expect(expectedImprovement(1, 2, 2)).toBeGreaterThan(expectedImprovement(1, 1, 2));
    expect(expectedImprovement(1, 1, 2, 0.3)).toBeLessThan(expectedImprovement(1, 1, 2, 0.03));
  });
});
