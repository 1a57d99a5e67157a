import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';

/**
 * Real part of `A^(1-w) * B^w` in complex numbers, element by element: |A|^(1-w) |B|^w, times cos(π(1-w)) where A alone is negative, cos(πw)
 * where B alone is, -1 where both are. What is near zero in one model stays near zero. Float64, rounded once. Source: sd-mecha.
 */
export const geometricSum: MergeMethod = {
  name: 'geometric-sum',
  description: 'real part of A^(1-w) B^w',
  source: 'sd-mecha (geometric_sum)',
  models: { least: 2, most: 2 },
  // Beyond these a zero would be divided by.
  parameters: [weightParameter('exponent of B', 0.5, { min: 0, max: 1 })],
  isAAtZero: true,
  isBAtOne: true,
  coefficients: (values) => {
    const weight = numberOf(values, WEIGHT);
    // A cosine of half a turn is not exactly 0 in floating point.
    const cosine = (turn: number): number => (turn === 0.5 ? 0 : Math.cos(Math.PI * turn));
    return [weight, cosine(1 - weight), cosine(weight)];
  },
  combine([a, b], [w = 0, ofA = 0, ofB = 0], out) {
    if (a === undefined || b === undefined) return;
    for (let i = 0; i < out.length; i++) {
      const [x, y] = [a[i] ?? 0, b[i] ?? 0];
      // One power instead of two; 0 stays 0, NaN stays NaN.
      const size = x === 0 && w < 1 ? 0 * y : x === 0 ? Math.abs(y) : Math.abs(x) * Math.abs(y / x) ** w;
      out[i] = size * (x < 0 ? (y < 0 ? -1 : ofA) : y < 0 ? ofB : 1);
    }
  },
};
