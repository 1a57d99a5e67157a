/** Kernel parameters by the maximum of posterior density: marginal likelihood times priors, all on logarithms. */
import { dot, factorise, inverse, logDeterminant, solveLower, solveUpper } from '../../math/cholesky.ts';
import { minimise, type Smooth } from '../../math/lbfgs.ts';
import type { TrainingData } from './gaussian-process.ts';
import { createKernel, createRows, setRow, type KernelParameters } from './kernel.ts';

/** Normal prior of the logarithm of a parameter, and the range that is searched. */
interface Prior {
  readonly median: number;
  readonly spread: number;
  readonly low: number;
  readonly high: number;
}

/** Parameters before the relevances in the vector that is searched. */
const SHARED = 4;

/** Of amplitude, lengthscale, linear part and noise, then of every coordinate's relevance: the vector that is searched. */
function priors(size: number): readonly Prior[] {
  // Two random points of the cube are √(d/6) apart: a lengthscale means something only relative to that.
  // Twice it, and not much less: in many dimensions few points tempt the likelihood into short lengthscales, at which
  // every point stands alone and nothing is predicted (Hvarfner et al. 2024, arXiv 2402.02229).
  const distance = Math.sqrt(size / 6);
  return [
    { median: 1, spread: 1, low: 1e-3, high: 1e3 },
    { median: 2 * distance, spread: 0.4, low: 0.05 * distance, high: 50 * distance },
    { median: 0.3, spread: 1.5, low: 1e-4, high: 1e3 },
    { median: 0.07, spread: 1, low: 1e-6, high: 10 },
    // Equal until the scores say otherwise; then a factor of e costs no more than any other parameter's deviation.
    ...Array.from({ length: size }, () => ({ median: 1, spread: 1, low: 0.02, high: 50 })),
  ];
}

/**
 * Where all weights matter alike, unequal relevances still explain the scores a little better, and the search then stops
 * moving the weights that seem to matter least. So with many scores it takes evidence: so much log density an observation.
 */
const EVIDENCE = 0.2;
/** Few scores settle nothing, and most merges are decided by few weights. */
const EVIDENCE_FROM = 24;

/** @param maxEvaluations each costs about n³/2 + n² d multiplications */
export function fitParameters(data: TrainingData, maxEvaluations: number): KernelParameters {
  const prior = priors(data.size);
  const box = {
    low: Float64Array.from(prior, ({ low }) => Math.log(low)),
    high: Float64Array.from(prior, ({ high }) => Math.log(high)),
  };
  const start = prior.map(({ median }) => Math.log(median));
  const likelihood = negativeLogLikelihood(data);
  const posterior: Smooth = (logs, gradient) => {
    let value = likelihood(logs, gradient);
    for (const [p, { median, spread }] of prior.entries()) {
      const z = ((logs[p] as number) - Math.log(median)) / spread;
      value += 0.5 * z * z;
      gradient[p] = (gradient[p] as number) + z / spread;
    }
    return value;
  };
  const unequal = minimise(posterior, start, box, maxEvaluations, 1e-3);
  if (data.count < EVIDENCE_FROM) return toParameters(unequal.x);
  for (const side of [box.low, box.high]) side.fill(0, SHARED);
  const equal = minimise(posterior, start, box, maxEvaluations, 1e-3);
  const gain = (equal.value - unequal.value) / data.count;
  return toParameters(gain > EVIDENCE ? unequal.x : equal.x);
}

function toParameters(logs: Float64Array): KernelParameters {
  const [amplitude = 1, lengthscale = 1, linear = 1, noise = 1] = logs.subarray(0, SHARED).map(Math.exp);
  return { amplitude, lengthscale, linear, noise, relevance: logs.subarray(SHARED).map(Math.exp) };
}

/** −log marginal likelihood and its gradient, in the logarithms of the parameters. */
export function negativeLogLikelihood({
  points,
  count: n,
  size,
  targets,
  extraNoise,
  shared,
}: TrainingData): Smooth {
  const rows = createRows(n, size);
  const matrix = new Float64Array(n * n);
  const alpha = new Float64Array(n);
  // Of every pair, lower triangle: what the gradient needs again once the matrix is inverted.
  const byAmplitude = new Float64Array(n * n);
  const byLinear = new Float64Array(n * n);
  const byProduct = new Float64Array(n * n);
  const bySquared = new Float64Array(n * n);
  const squared = new Float64Array(n * n);
  const slopes = new Float64Array(n);
  const crossed = new Float64Array(size);

  return (logs, gradient) => {
    const parameters = toParameters(logs);
    const { amplitude, linear, noise, relevance } = parameters;
    const kernel = createKernel(parameters);
    for (let i = 0; i < n; i++) setRow(rows, i, points, i * size, relevance);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const common = Math.min(shared[i] as number, shared[j] as number);
        const terms = kernel.terms(rows, i, rows, j, common);
        const at = i * n + j;
        matrix[at] = terms.value;
        byAmplitude[at] = terms.byAmplitude;
        byLinear[at] = terms.byLinear;
        bySquared[at] = terms.bySquared;
        squared[at] = terms.squared;
        byProduct[at] = terms.byProduct;
      }
      matrix[i * n + i] = (matrix[i * n + i] as number) + noise + (extraNoise[i] as number);
    }
    const factor = factorise(matrix, n, n);
    if (factor === undefined) return Infinity;
    solveLower(factor, targets, alpha);
    const value = 0.5 * (dot(alpha, 0, alpha, 0, n) + logDeterminant(factor));
    const inverted = inverse(factor);
    solveUpper(factor, alpha, alpha);

    // ∂/∂θ = ½ tr((K⁻¹ − ααᵀ) ∂K/∂θ): the lower triangle, the diagonal at half weight.
    const { scaled } = rows;
    const totals = { amplitude: 0, lengthscale: 0, linear: 0, noise: 0 };
    gradient.fill(0);
    slopes.fill(0);
    for (let i = 0; i < n; i++) {
      const ai = alpha[i] as number;
      crossed.fill(0);
      for (let j = 0; j <= i; j++) {
        const at = i * n + j;
        const weight = ((inverted[at] as number) - ai * (alpha[j] as number)) * (j === i ? 0.5 : 1);
        totals.amplitude += weight * (byAmplitude[at] as number);
        totals.linear += weight * (byLinear[at] as number);
        if (j === i) totals.noise += weight;
        const slope = weight * (bySquared[at] as number);
        totals.lengthscale -= 2 * slope * (squared[at] as number);
        slopes[i] = (slopes[i] as number) + slope;
        slopes[j] = (slopes[j] as number) + slope;
        // By log wd: the product changes by 2 xd zd, the squared distance by 2 (xd − zd)² = 2 xd² + 2 zd² − 4 xd zd.
        const cross = 2 * weight * (byProduct[at] as number) - 4 * slope;
        const row = j * size;
        for (let d = 0; d < size; d++) {
          crossed[d] = (crossed[d] as number) + cross * (scaled[row + d] as number);
        }
      }
      for (let d = 0; d < size; d++) {
        const z = scaled[i * size + d] as number;
        gradient[SHARED + d] = (gradient[SHARED + d] as number) + z * (crossed[d] as number);
      }
    }
    for (let i = 0; i < n; i++) {
      const twice = 2 * (slopes[i] as number);
      for (let d = 0; d < size; d++) {
        const z = scaled[i * size + d] as number;
        gradient[SHARED + d] = (gradient[SHARED + d] as number) + twice * z * z;
      }
    }
    gradient[0] = amplitude * totals.amplitude;
    gradient[1] = totals.lengthscale;
    gradient[2] = linear * totals.linear;
    gradient[3] = noise * totals.noise;
    return value;
  };
}
