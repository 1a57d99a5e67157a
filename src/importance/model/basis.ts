/**
 * A score as a sum of functions of single weights and of pairs of them (a polynomial chaos expansion, Sudret 2008). Every function
 * is a product of Legendre polynomials that are orthonormal over the searched range of a weight, so that the variance of the sum is
 * the sum of squared coefficients: effects are read off, and need no sampling of merges.
 */

/** A straight line, a hill or valley, and an asymmetry of it. */
export const DEGREES = 3;

/** Prior variance of a weight's polynomials, 1 together: most of what a weight does is a slope, then a hill. */
export const DEGREE_SHARES: readonly number[] = [0.65, 0.3, 0.05];

/** What the model is conditioned on. */
export interface Observations {
  readonly count: number;
  /** Coordinates of a point. */
  readonly size: number;
  /** Of point i, coordinate d, degree p at (i · size + d) · DEGREES + p; times the root of the degree's prior share. */
  readonly features: Float64Array;
  /** Scores with mean 0 and variance 1. */
  readonly targets: Float64Array;
  /** Known variance of each target, beyond the fitted noise. */
  readonly variances: Float64Array;
}

/** @param points each within the unit cube */
export function observe(
  points: readonly (readonly number[])[],
  targets: Float64Array,
  variances: Float64Array,
): Observations {
  const size = points[0]?.length ?? 0;
  const features = new Float64Array(points.length * size * DEGREES);
  for (const [i, point] of points.entries()) writeFeatures(point, features, i * size * DEGREES);
  return { count: points.length, size, features, targets, variances };
}

/** The features of one point, from `at` on. */
export function writeFeatures(point: ArrayLike<number>, features: Float64Array, at: number): void {
  for (let d = 0; d < point.length; d++) {
    const x = point[d] as number;
    const own = at + d * DEGREES;
    features[own] = SCALES[0] * (2 * x - 1);
    features[own + 1] = SCALES[1] * (6 * x * x - 6 * x + 1);
    features[own + 2] = SCALES[2] * (((20 * x - 30) * x + 12) * x - 1);
  }
}

const root = (degree: number): number => Math.sqrt((2 * degree + 1) * (DEGREE_SHARES[degree - 1] ?? 0));
const SCALES = [root(1), root(2), root(3)] as const;

/**
 * What every coordinate contributes to the likeness of two points, for each pair i ≥ j: coordinate d at (i · count + j) · size + d.
 */
export function likenesses({ count, size, features }: Observations): Float64Array {
  const likeness = new Float64Array(count * count * size);
  const width = size * DEGREES;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      const at = (i * count + j) * size;
      for (let d = 0; d < size; d++) {
        let sum = 0;
        for (let p = 0; p < DEGREES; p++) {
          const k = d * DEGREES + p;
          sum += (features[i * width + k] as number) * (features[j * width + k] as number);
        }
        likeness[at + d] = sum;
      }
    }
  }
  return likeness;
}
