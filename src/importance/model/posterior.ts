/**
 * How plausible scales of the expansion are. The covariance of two scores is
 *
 *     k = 1 + s + pairs · e       s = Σ_d a_d l_d       e = Σ_{c<d} a_c a_d l_c l_d = (s² − Σ_d (a_d l_d)²) / 2
 *
 * l_d the likeness of coordinate d (basis.ts), a_d its prior variance: additive Gaussian processes with orthogonal parts (Lu,
 * Boukouvalas & Hensman 2022), up to pairs.
 */
import {
  dot,
  factorise,
  inverse,
  logDeterminant,
  solveLower,
  solveUpper,
  type Cholesky,
} from '../../optimizers/math/cholesky.ts';
import type { Smooth } from '../../optimizers/math/lbfgs.ts';
import type { Observations } from './basis.ts';

/** Variances of standardised scores. */
export interface Scales {
  /** Of every coordinate on its own. */
  readonly main: Float64Array;
  /** Of a pair, over the product of its coordinates' own. */
  readonly pairs: number;
  /** Of a single score around the expansion. */
  readonly noise: number;
}

/**
 * Normal priors of logarithms. How unequal the coordinates are is learned too: `spread` is the deviation of the logarithms of their
 * scales. With a spread that is always large, many blocks that matter a little each were ranked badly; with one that is always
 * small, blocks that do not matter at all seemed to.
 */
const SPREAD = { median: 1, spread: 0.4 };
const COMMON = { median: 0.25, spread: 1 };
const PAIRS = { median: 0.25, spread: 0.5 };
const NOISE = { median: 0.1, spread: 1 };
/** Logarithms after those of the coordinates. */
const SHARED = 4;

/** Where a search for plausible scales begins: the medians of the priors. */
export function priorMedians(size: number): Float64Array {
  const logs = new Float64Array(size + SHARED);
  logs.set(
    [COMMON, PAIRS, NOISE, SPREAD].map(({ median }) => Math.log(median)),
    size,
  );
  return logs;
}

/** @param logs of the coordinates' deviations over the common one, divided by the spread; then of the common deviation, the pairs', the noise's variance and the spread */
export function toScales(logs: Float64Array): Scales {
  const size = logs.length - SHARED;
  const [common = 0, pairs = 0, noise = 0, spread = 0] = logs.subarray(size);
  return {
    main: logs.subarray(0, size).map((log) => Math.exp(2 * (Math.exp(spread) * log + common))),
    pairs: Math.exp(2 * pairs),
    noise: Math.exp(noise),
  };
}

/** −log posterior density up to a constant, with its gradient, in the logarithms of the scales. */
export function negativeLogPosterior(data: Observations, likeness: Float64Array): Smooth {
  const { count: n, size, targets } = data;
  const matrix = new Float64Array(n * n);
  const sums = new Float64Array(n * n);
  const alpha = new Float64Array(n);
  const slopes = new Float64Array(size);
  return (logs, gradient) => {
    const scales = toScales(logs);
    const { main, pairs, noise } = scales;
    writeCovariance(data, likeness, scales, matrix, sums);
    const factor = factorise(matrix, n, n);
    if (factor === undefined) return Infinity;
    solveLower(factor, targets, alpha);
    let value = 0.5 * (dot(alpha, 0, alpha, 0, n) + logDeterminant(factor));
    const inverted = inverse(factor);
    solveUpper(factor, alpha, alpha);

    // ∂/∂θ = ½ tr((K⁻¹ − ααᵀ) ∂K/∂θ): the lower triangle, the diagonal at half weight.
    slopes.fill(0);
    let byPairs = 0;
    let byNoise = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const at = i * n + j;
        const weight =
          ((inverted[at] as number) - (alpha[i] as number) * (alpha[j] as number)) * (j === i ? 0.5 : 1);
        const sum = sums[at] as number;
        const bySum = weight * (1 + pairs * sum);
        const byOwn = weight * pairs;
        let squares = 0;
        const from = at * size;
        for (let d = 0; d < size; d++) {
          const own = likeness[from + d] as number;
          const part = (main[d] as number) * own;
          squares += part * part;
          slopes[d] = (slopes[d] as number) + (bySum - byOwn * part) * own;
        }
        byPairs += (weight * (sum * sum - squares)) / 2;
        if (i === j) byNoise += weight;
      }
    }
    const spread = Math.exp(logs[size + 3] as number);
    let common = 0;
    let bySpread = 0;
    for (let d = 0; d < size; d++) {
      const slope = 2 * (main[d] as number) * (slopes[d] as number);
      gradient[d] = slope * spread;
      common += slope;
      bySpread += slope * (logs[d] as number) * spread;
    }
    gradient[size] = common;
    gradient[size + 1] = 2 * pairs * byPairs;
    gradient[size + 2] = noise * byNoise;
    gradient[size + 3] = bySpread;
    const prior = (p: number, { median, spread }: typeof COMMON): void => {
      const z = ((logs[p] as number) - Math.log(median)) / spread;
      value += 0.5 * z * z;
      gradient[p] = (gradient[p] as number) + z / spread;
    };
    for (let d = 0; d < size; d++) prior(d, { median: 1, spread: 1 });
    prior(size, COMMON);
    prior(size + 1, PAIRS);
    prior(size + 2, NOISE);
    prior(size + 3, SPREAD);
    return value;
  };
}

/** The factor of the covariance of all targets; undefined when it is not positive definite to working precision. */
export function factoriseScores(
  data: Observations,
  likeness: Float64Array,
  scales: Scales,
): Cholesky | undefined {
  const { count: n } = data;
  const matrix = new Float64Array(n * n);
  writeCovariance(data, likeness, scales, matrix, new Float64Array(n * n));
  return factorise(matrix, n, n);
}

/** Fills the lower triangles of the covariance and of s. */
function writeCovariance(
  { count: n, size, variances }: Observations,
  likeness: Float64Array,
  { main, pairs, noise }: Scales,
  matrix: Float64Array,
  sums: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * n + j;
      const from = at * size;
      let sum = 0;
      let squares = 0;
      for (let d = 0; d < size; d++) {
        const part = (main[d] as number) * (likeness[from + d] as number);
        sum += part;
        squares += part * part;
      }
      sums[at] = sum;
      matrix[at] = 1 + sum + (pairs * (sum * sum - squares)) / 2;
    }
    const diagonal = i * n + i;
    matrix[diagonal] = (matrix[diagonal] as number) + noise + (variances[i] as number) + 1e-8;
  }
}
