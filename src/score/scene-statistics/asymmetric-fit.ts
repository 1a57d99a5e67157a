import { gamma } from './gamma.ts';

const FIRST_SHAPE = 0.2;
const LAST_SHAPE = 10;
const STEP = 0.001;

/** What a fit needs of a set of values. Zeros count for neither side. */
export interface Moments {
  readonly count: number;
  readonly absoluteSum: number;
  readonly negativeCount: number;
  readonly negativeSquares: number;
  readonly positiveCount: number;
  readonly positiveSquares: number;
}

/** An asymmetric generalised Gaussian: its shape (2 = normal, 1 = Laplace) and the root mean square of each side. */
export interface AsymmetricGaussian {
  readonly shape: number;
  readonly left: number;
  readonly right: number;
}

export type AsymmetricFit = (moments: Moments) => AsymmetricGaussian;

/**
 * The fit by matching moments of Lasmar, Stitou and Berthoumieu (ICIP 2009), as in the BRISQUE and NIQE releases: the shape is
 * the nearest on a grid from 0.2 to 10 in steps of 0.001. A side without values is NaN, and the shape 0.2 then, as in those
 * releases. Making the grid takes some milliseconds, hence once for many fits.
 */
export function createAsymmetricFit(): AsymmetricFit {
  const ratios = shapeRatios();
  return (moments) => {
    const left = Math.sqrt(moments.negativeSquares / moments.negativeCount);
    const right = Math.sqrt(moments.positiveSquares / moments.positiveCount);
    const skew = left / right;
    const squares = moments.negativeSquares + moments.positiveSquares;
    const ratio = (moments.absoluteSum / moments.count) ** 2 / (squares / moments.count);
    const target = (ratio * (skew ** 3 + 1) * (skew + 1)) / (skew ** 2 + 1) ** 2;
    return { shape: FIRST_SHAPE + STEP * nearest(ratios, target), left, right };
  };
}

/** Γ(2/a)² / (Γ(1/a) Γ(3/a)) for every shape a of the grid; it rises with a. */
function shapeRatios(): Float64Array {
  const length = Math.round((LAST_SHAPE - FIRST_SHAPE) / STEP) + 1;
  return Float64Array.from({ length }, (_, i) => {
    const shape = FIRST_SHAPE + STEP * i;
    return gamma(2 / shape) ** 2 / (gamma(1 / shape) * gamma(3 / shape));
  });
}

/** Index of the nearest value; 0 for NaN. */
function nearest(ascending: Float64Array, target: number): number {
  if (Number.isNaN(target)) return 0;
  let low = 0;
  let high = ascending.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < target) low = middle;
    else high = middle;
  }
  return target - (ascending[low] ?? 0) <= (ascending[high] ?? 0) - target ? low : high;
}
