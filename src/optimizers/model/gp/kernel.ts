/**
 * The covariance of scores at two points x, z of the unit cube with d coordinates:
 *
 *     k(x, z) = bias² + linear · (12/d) (x − ½)·(z − ½) + amplitude · M(|x − z| / lengthscale)
 *
 * M is the Matérn 5/2 correlation (1 + s + s²/3) e^(−s), s = √5 |x − z| / lengthscale. All factors are variances of
 * standardised scores; 12/d makes `linear` the variance over uniform points. The bias stands for the unknown mean.
 */
export interface KernelParameters {
  readonly amplitude: number;
  readonly lengthscale: number;
  readonly linear: number;
  /** Variance of a single score around the smooth function: what one more look at the same idea would change. */
  readonly noise: number;
}

/** Prior variance of the mean of standardised scores. */
export const BIAS = 1;

const SQRT_5 = Math.sqrt(5);

/** M by squared distance and lengthscale. */
export function matern(squaredDistance: number, lengthscale: number): number {
  const s = (SQRT_5 * Math.sqrt(squaredDistance)) / lengthscale;
  return (1 + s + (s * s) / 3) * Math.exp(-s);
}

/** −2 dM/d|x−z|²: the gradient of M with respect to x is this times (z − x). */
export function maternSlope(squaredDistance: number, lengthscale: number): number {
  const s = (SQRT_5 * Math.sqrt(squaredDistance)) / lengthscale;
  return (5 / (3 * lengthscale * lengthscale)) * (1 + s) * Math.exp(-s);
}
