import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';
import { PRODUCTS } from './parts/gram.ts';

/**
 * Above this |cosine| between the two tensors the great circle between them is ill defined (its sine goes to 0) and the
 * linear formula is used. The value is the customary one, an angle of 1.8 degrees.
 */
export const PARALLEL_COSINE = 0.9995;

/**
 * Spherical interpolation (Shoemake 1985) with every tensor taken as one vector: `sin((1-w)θ)/sin θ · A + sin(wθ)/sin θ · B`,
 * where θ is the angle between A and B; lengths are not normalised. Angle and coefficients are computed in float64, the two
 * products and their sum in float32. Linear, `(1-w) A + w B`, where the vectors are near parallel or one of them is zero or not finite.
 */
export const slerp: MergeMethod = {
  name: 'slerp',
  description: 'spherical interpolation of whole tensors; linear where they are near parallel',
  source: 'Shoemake 1985',
  models: { least: 2, most: 2 },
  parameters: [weightParameter('how far from A to B', 0.5)],
  isAAtZero: true,
  isBAtOne: true,
  measure: PRODUCTS,
  coefficients(values, [aa = 0, dot = 0, bb = 0]) {
    const weight = numberOf(values, WEIGHT);
    const cosine = dot / (Math.sqrt(aa) * Math.sqrt(bb));
    // Written so that a cosine that is not a number (a zero vector, an infinity) is linear as well.
    if (!(Math.abs(cosine) <= PARALLEL_COSINE)) return [1 - weight, weight];
    const angle = Math.acos(cosine);
    return [Math.sin((1 - weight) * angle) / Math.sin(angle), Math.sin(weight * angle) / Math.sin(angle)];
  },
  combine([a, b], [fromA = 0, fromB = 0], out) {
    if (a === undefined || b === undefined) return;
    for (let i = 0; i < out.length; i++) {
      out[i] = Math.fround(fromA * (a[i] ?? 0)) + Math.fround(fromB * (b[i] ?? 0));
    }
  },
};
