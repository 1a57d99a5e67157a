/**
 * The search distribution of CMA-ES and its update. Letters and equation numbers follow Hansen, "The CMA Evolution
 * Strategy: A Tutorial" (arXiv 1604.00772): mean m, step width σ, covariance C, evolution paths p_σ and p_c.
 * A stretches single coordinates on grids (margin.ts): a sample is m + σ A y with y ~ N(0, C).
 */
import { symmetricEigen, type Eigen } from '../../math/symmetric-eigen.ts';

export interface Constants {
  /** μ recombination weights, best first; their sum is 1. */
  readonly weights: readonly number[];
  readonly muEff: number;
  readonly cSigma: number;
  readonly dSigma: number;
  readonly cC: number;
  readonly c1: number;
  readonly cMu: number;
  /** Expected length of a standard normal vector. */
  readonly chiN: number;
}

/** Table 1 of the tutorial, with positive weights only. */
export function strategyConstants(n: number, mu: number): Constants {
  const raw = Array.from({ length: mu }, (_, i) => Math.log(mu + 0.5) - Math.log(i + 1));
  const total = raw.reduce((sum, w) => sum + w, 0);
  const weights = raw.map((w) => w / total);
  const muEff = 1 / weights.reduce((sum, w) => sum + w * w, 0);
  const cSigma = (muEff + 2) / (n + muEff + 5);
  const c1 = 2 / ((n + 1.3) ** 2 + muEff);
  return {
    weights,
    muEff,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma,
    cC: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
    c1,
    cMu: Math.min(1 - c1, (2 * (muEff - 2 + 1 / muEff)) / ((n + 2) ** 2 + muEff)),
    chiN: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  };
}

export interface Distribution {
  readonly mean: Float64Array;
  sigma: number;
  /** A: one factor for each coordinate. */
  readonly stretch: Float64Array;
  covariance: Float64Array;
  eigen: Eigen;
  readonly pathSigma: Float64Array;
  readonly pathC: Float64Array;
  generation: number;
}

export function startDistribution(mean: ArrayLike<number>, sigma: number): Distribution {
  const n = mean.length;
  const covariance = identity(n);
  return {
    mean: Float64Array.from(mean),
    sigma,
    stretch: new Float64Array(n).fill(1),
    covariance,
    eigen: symmetricEigen(covariance, n),
    pathSigma: new Float64Array(n),
    pathC: new Float64Array(n),
    generation: 0,
  };
}

/** y = B D z, equations 39 and 40. */
export function colour({ eigen }: Distribution, z: ArrayLike<number>): Float64Array {
  const n = z.length;
  const y = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const length = Math.sqrt(eigen.values[k] as number) * (z[k] as number);
    for (let d = 0; d < n; d++) y[d] = (y[d] as number) + (eigen.vectors[d * n + k] as number) * length;
  }
  return y;
}

/** C^(−1/2) y = B D⁻¹ Bᵀ y. */
export function whiten({ eigen }: Distribution, y: ArrayLike<number>): Float64Array {
  const n = y.length;
  const white = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let product = 0;
    for (let d = 0; d < n; d++) product += (eigen.vectors[d * n + k] as number) * (y[d] as number);
    product /= Math.sqrt(eigen.values[k] as number);
    for (let d = 0; d < n; d++)
      white[d] = (white[d] as number) + (eigen.vectors[d * n + k] as number) * product;
  }
  return white;
}

/**
 * One generation.
 * @param ranked steps y of the selected samples, best first; at most as many as there are weights
 * @param flat all samples scored the same: only the step width grows, for nothing says where to go
 */
export function update(
  state: Distribution,
  ranked: readonly Float64Array[],
  constants: Constants,
  flat: boolean,
): void {
  const { muEff, cSigma, dSigma, cC, c1, cMu, chiN } = constants;
  const { mean, stretch, pathSigma, pathC, sigma } = state;
  const n = mean.length;
  const weights = constants.weights.slice(0, ranked.length);
  const total = weights.reduce((sum, w) => sum + w, 0);
  state.generation++;
  if (flat) {
    state.sigma = limit(sigma * Math.exp(0.2 + cSigma / dSigma));
    return;
  }
  const step = new Float64Array(n);
  for (const [i, y] of ranked.entries()) {
    const weight = (weights[i] as number) / total;
    for (let d = 0; d < n; d++) step[d] = (step[d] as number) + weight * (y[d] as number);
  }
  const white = whiten(state, step);
  // Equations 41 to 45.
  for (let d = 0; d < n; d++) {
    mean[d] = (mean[d] as number) + sigma * (stretch[d] as number) * (step[d] as number);
    pathSigma[d] =
      (1 - cSigma) * (pathSigma[d] as number) +
      Math.sqrt(cSigma * (2 - cSigma) * muEff) * (white[d] as number);
  }
  const length = Math.hypot(...pathSigma);
  const unbiased = length / Math.sqrt(1 - (1 - cSigma) ** (2 * state.generation));
  const advances = unbiased < (1.4 + 2 / (n + 1)) * chiN ? 1 : 0;
  for (let d = 0; d < n; d++) {
    pathC[d] =
      (1 - cC) * (pathC[d] as number) + advances * Math.sqrt(cC * (2 - cC) * muEff) * (step[d] as number);
  }
  // Equation 47.
  const kept = 1 - c1 - cMu + (1 - advances) * c1 * cC * (2 - cC);
  const covariance = state.covariance.map((entry) => kept * entry);
  addOuter(covariance, pathC, c1);
  for (const [i, y] of ranked.entries()) addOuter(covariance, y, (cMu * (weights[i] as number)) / total);
  state.sigma = limit(sigma * Math.exp((cSigma / dSigma) * (length / chiN - 1)));
  adopt(state, covariance);
}

/** A covariance that has become numerically flat is given up for a round one. */
function adopt(state: Distribution, covariance: Float64Array): void {
  const n = state.mean.length;
  const eigen = symmetricEigen(covariance, n);
  const sound = Math.min(...eigen.values) > 1e-14 * Math.max(...eigen.values);
  state.covariance = sound ? covariance : identity(n);
  state.eigen = sound ? eigen : symmetricEigen(state.covariance, n);
}

function addOuter(matrix: Float64Array, vector: Float64Array, factor: number): void {
  const n = vector.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const at = i * n + j;
      matrix[at] = (matrix[at] as number) + factor * (vector[i] as number) * (vector[j] as number);
    }
  }
}

function identity(n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = 1;
  return matrix;
}

function limit(sigma: number): number {
  return Math.min(10, Math.max(1e-20, sigma));
}
