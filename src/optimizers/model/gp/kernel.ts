/**
 * The covariance of scores at two points of the unit cube with d coordinates. With x and z measured from the middle of
 * the cube, each coordinate multiplied by its relevance,
 *
 *     k(x, z) = bias² + linear · (12/d) x·z + amplitude · M(|x − z| / lengthscale)
 *
 * M is the Matérn 5/2 correlation (1 + s + s²/3) e^(−s), s = √5 |x − z| / lengthscale. All factors are variances of
 * standardised scores; 12/d makes `linear` the variance over uniform points where every relevance is 1. The bias stands
 * for the unknown mean.
 *
 * Two scores that are means of the same images share more than the merges: how these images differ from all others, which
 * changes from merge to merge as smoothly as the score itself. With `shared`, the variance of that part in their means,
 *
 *     covariance = bias² + (k − bias²) · (1 + shared / (linear + amplitude))
 *
 * Only here is a pair of points made into a covariance: the fit, the conditioning and every prediction ask here.
 */
import { dot } from '../../math/cholesky.ts';

export interface KernelParameters {
  readonly amplitude: number;
  readonly lengthscale: number;
  readonly linear: number;
  /** Variance of a single score around the smooth function: what one more look at the same idea would change. */
  readonly noise: number;
  /** One for each coordinate: a block that decides much has more than 1, one that hardly matters less. */
  readonly relevance: Float64Array;
}

/** Points as the kernel sees them. */
export interface Rows {
  /** Coordinates from the middle, times their relevance, row by row. */
  readonly scaled: Float64Array;
  /** Squared length of each row. */
  readonly norms: Float64Array;
}

/** The covariance of a pair of rows with its derivatives. */
interface PairTerms {
  value: number;
  byAmplitude: number;
  byLinear: number;
  /** By the inner product of the rows. */
  byProduct: number;
  /** By their squared distance. */
  bySquared: number;
  squared: number;
}

export interface Kernel {
  /** Covariance of row i of `a` and row j of `b`. @param shared variance of what their images have in common */
  covariance(a: Rows, i: number, b: Rows, j: number, shared: number): number;
  /** Of a row with itself, without noise. */
  variance(a: Rows, i: number, shared: number): number;
  /** The covariance with its derivatives: the same object again at every call. */
  terms(a: Rows, i: number, b: Rows, j: number, shared: number): Readonly<PairTerms>;
}

/** Prior variance of the mean of standardised scores. */
const BIAS = 1;

/** By how much the doubting kernel's lengthscale is shorter. */
const DOUBT = 3;

/**
 * The kernel of somebody who trusts no trend: the variance of the linear part is that of bumps instead, and these are
 * narrower. Coordinates that were only seen at their ends are open questions to it, where the fitted kernel draws a line.
 */
export function doubted(parameters: KernelParameters): KernelParameters {
  const { amplitude, lengthscale, linear, relevance } = parameters;
  const square = dot(relevance, 0, relevance, 0, relevance.length) / relevance.length;
  return {
    ...parameters,
    amplitude: amplitude + linear * square,
    lengthscale: lengthscale / DOUBT,
    linear: 0,
  };
}

export function createRows(count: number, size: number): Rows {
  return { scaled: new Float64Array(count * size), norms: new Float64Array(count) };
}

/** Makes the point that starts at `from` into row `i`. */
export function setRow(
  { scaled, norms }: Rows,
  i: number,
  points: ArrayLike<number>,
  from: number,
  relevance: Float64Array,
): void {
  const size = relevance.length;
  let norm = 0;
  for (let d = 0; d < size; d++) {
    const value = ((points[from + d] as number) - 0.5) * (relevance[d] as number);
    scaled[i * size + d] = value;
    norm += value * value;
  }
  norms[i] = norm;
}

export function createKernel({ amplitude, lengthscale, linear, relevance }: KernelParameters): Kernel {
  const size = relevance.length;
  const share = 12 / size;
  const slope = linear * share;
  const curvature = 5 / (lengthscale * lengthscale);
  const total = linear + amplitude;
  const terms: PairTerms = { value: 0, byAmplitude: 0, byLinear: 0, byProduct: 0, bySquared: 0, squared: 0 };

  function squaredDistance(a: Rows, i: number, b: Rows, j: number, product: number): number {
    // Equal rows may be a rounding error apart.
    return Math.max(0, (a.norms[i] as number) + (b.norms[j] as number) - 2 * product);
  }

  return {
    covariance(a, i, b, j, shared) {
      const product = dot(a.scaled, i * size, b.scaled, j * size, size);
      const square = curvature * squaredDistance(a, i, b, j, product);
      const s = Math.sqrt(square);
      const own = slope * product + amplitude * (1 + s + square / 3) * Math.exp(-s);
      return BIAS + own * (1 + shared / total);
    },
    variance: (a, i, shared) => BIAS + (slope * (a.norms[i] as number) + amplitude) * (1 + shared / total),
    terms(a, i, b, j, shared) {
      const product = dot(a.scaled, i * size, b.scaled, j * size, size);
      const squared = squaredDistance(a, i, b, j, product);
      const square = curvature * squared;
      const s = Math.sqrt(square);
      const decay = Math.exp(-s);
      const byAmplitude = (1 + s + square / 3) * decay;
      const byLinear = share * product;
      const own = linear * byLinear + amplitude * byAmplitude;
      const factor = 1 + shared / total;
      // What the images share stays what it is when the parts of the score grow.
      const given = (own * shared) / (total * total);
      terms.byAmplitude = byAmplitude * factor - given;
      terms.byLinear = byLinear * factor - given;
      terms.byProduct = slope * factor;
      terms.bySquared = -(curvature / 6) * amplitude * (1 + s) * decay * factor;
      terms.squared = squared;
      terms.value = BIAS + own * factor;
      return terms;
    },
  };
}
