/** Kernel parameters by the maximum of posterior density: marginal likelihood times priors, all on logarithms. */
import { dot, factorise, inverse, logDeterminant, solveLower, solveUpper } from '../../math/cholesky.ts';
import { minimise } from '../../math/lbfgs.ts';
import type { TrainingData } from './gaussian-process.ts';
import { BIAS, type KernelParameters } from './kernel.ts';

/** Normal prior of the logarithm of a parameter, and the range that is searched. */
interface Prior {
  readonly median: number;
  readonly spread: number;
  readonly low: number;
  readonly high: number;
}

const SQRT_5 = Math.sqrt(5);

/** Of amplitude, lengthscale, linear part and noise, in the order of the vector that is searched. */
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
  ];
}

/** @param maxEvaluations each costs n³/2 multiplications */
export function fitParameters(data: TrainingData, maxEvaluations: number): KernelParameters {
  const prior = priors(data.size);
  const box = {
    low: Float64Array.from(prior, ({ low }) => Math.log(low)),
    high: Float64Array.from(prior, ({ high }) => Math.log(high)),
  };
  const start = prior.map(({ median }) => Math.log(median));
  const { x } = minimise(negativeLogPosterior(data, prior), start, box, maxEvaluations, 1e-3);
  return toParameters(x);
}

function toParameters(logs: ArrayLike<number>): KernelParameters {
  const at = (i: number): number => Math.exp(logs[i] as number);
  return { amplitude: at(0), lengthscale: at(1), linear: at(2), noise: at(3) };
}

/** −log posterior density and its gradient, in the logarithms of the parameters. */
function negativeLogPosterior(data: TrainingData, prior: readonly Prior[]) {
  const { count: n, targets } = data;
  const { distance, product } = pairs(data);
  const matrix = new Float64Array(n * n);
  const alpha = new Float64Array(n);

  return (logs: Float64Array, gradient: Float64Array): number => {
    const parameters = toParameters(logs);
    const { amplitude, lengthscale, linear, noise } = parameters;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const at = i * n + j;
        const s = (SQRT_5 * (distance[at] as number)) / lengthscale;
        matrix[at] =
          BIAS + linear * (product[at] as number) + amplitude * (1 + s + (s * s) / 3) * Math.exp(-s);
      }
      const at = i * n + i;
      matrix[at] =
        BIAS + linear * (product[at] as number) + amplitude + noise + (data.extraNoise[i] as number);
    }
    const factor = factorise(matrix, n, n);
    if (factor === undefined) return Infinity;
    solveLower(factor, targets, alpha);
    const fitTerm = dot(alpha, 0, alpha, 0, n);
    const determinant = logDeterminant(factor);
    const inverted = inverse(factor);
    solveUpper(factor, alpha, alpha);

    // ∂/∂θ = ½ tr((K⁻¹ − ααᵀ) ∂K/∂θ), by the lower triangle.
    let byAmplitude = 0;
    let byLengthscale = 0;
    let byLinear = 0;
    let byNoise = 0;
    for (let i = 0; i < n; i++) {
      const ai = alpha[i] as number;
      for (let j = 0; j < i; j++) {
        const at = i * n + j;
        const weight = (inverted[at] as number) - ai * (alpha[j] as number);
        const s = (SQRT_5 * (distance[at] as number)) / lengthscale;
        const decay = Math.exp(-s);
        byAmplitude += weight * (1 + s + (s * s) / 3) * decay;
        byLengthscale += weight * ((s * s) / 3) * (1 + s) * decay;
        byLinear += weight * (product[at] as number);
      }
      const weight = 0.5 * ((inverted[i * n + i] as number) - ai * ai);
      byAmplitude += weight;
      byLinear += weight * (product[i * n + i] as number);
      byNoise += weight;
    }
    gradient[0] = amplitude * byAmplitude;
    gradient[1] = amplitude * byLengthscale;
    gradient[2] = linear * byLinear;
    gradient[3] = noise * byNoise;

    let value = 0.5 * (fitTerm + determinant);
    for (const [p, { median, spread }] of prior.entries()) {
      const z = ((logs[p] as number) - Math.log(median)) / spread;
      value += 0.5 * z * z;
      gradient[p] = (gradient[p] as number) + z / spread;
    }
    return value;
  };
}

/** Distances and scaled inner products of all pairs, lower triangle. */
function pairs({ points, count, size }: TrainingData): { distance: Float64Array; product: Float64Array } {
  const distance = new Float64Array(count * count);
  const product = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let squared = 0;
      let inner = 0;
      for (let c = 0; c < size; c++) {
        const a = points[i * size + c] as number;
        const b = points[j * size + c] as number;
        squared += (a - b) * (a - b);
        inner += (a - 0.5) * (b - 0.5);
      }
      distance[i * count + j] = Math.sqrt(squared);
      product[i * count + j] = (12 / size) * inner;
    }
  }
  return { distance, product };
}
