/**
 * A Gaussian process conditioned on scores.
 *
 *     n, d   points and coordinates          X  points, n × d, row by row
 *     K      k(X, X) + diag(noise + extra)   L  its Cholesky factor
 *     α      K⁻¹ y                           k  k(X, x) for a new point x
 */
import { appendRow, dot, factorise, solveLower, solveUpper, type Cholesky } from '../../math/cholesky.ts';
import { BIAS, matern, maternSlope, type KernelParameters } from './kernel.ts';

export interface TrainingData {
  readonly points: Float64Array;
  readonly count: number;
  readonly size: number;
  /** Standardised scores. */
  readonly targets: Float64Array;
  /** Known variance of each target, beyond the fitted noise. */
  readonly extraNoise: Float64Array;
}

interface Prediction {
  mean: number;
  /** Of the smooth function, without noise. */
  variance: number;
}

export interface GaussianProcess {
  readonly parameters: KernelParameters;
  /** The expected value alone: n·d steps instead of n². */
  mean(x: ArrayLike<number>): number;
  predict(x: ArrayLike<number>): Prediction;
  /** Prediction with its gradients, each d numbers. */
  predictWithGradient(
    x: ArrayLike<number>,
    meanGradient: Float64Array,
    varianceGradient: Float64Array,
  ): Prediction;
  /**
   * Takes a point as if it had been seen with its expected score: the mean stays, the variance shrinks around it
   * (the Kriging believer of Ginsbourger et al. 2010). For pending and failed points.
   */
  believe(x: ArrayLike<number>): void;
}

/** @param room how many points may be believed later */
export function conditionOn(data: TrainingData, parameters: KernelParameters, room: number): GaussianProcess {
  const { size } = data;
  const { amplitude, lengthscale, linear, noise } = parameters;
  const stride = data.count + room;
  const points = new Float64Array(stride * size);
  points.set(data.points.subarray(0, data.count * size));
  const slope = (linear * 12) / size;
  let factor = factoriseCovariance(data, parameters, stride);
  const alpha = new Float64Array(stride);
  solveLower(factor, data.targets, alpha);
  solveUpper(factor, alpha.subarray(0, data.count), alpha);

  const k = new Float64Array(stride);
  const v = new Float64Array(stride);
  const squared = new Float64Array(stride);

  function covariances(x: ArrayLike<number>): void {
    for (let i = 0; i < factor.size; i++) {
      const row = i * size;
      let distance = 0;
      let product = 0;
      for (let j = 0; j < size; j++) {
        const xj = x[j] as number;
        const pj = points[row + j] as number;
        distance += (xj - pj) * (xj - pj);
        product += (xj - 0.5) * (pj - 0.5);
      }
      squared[i] = distance;
      k[i] = BIAS + slope * product + amplitude * matern(distance, lengthscale);
    }
  }

  function priorVariance(x: ArrayLike<number>): number {
    let product = 0;
    for (let j = 0; j < size; j++) product += ((x[j] as number) - 0.5) ** 2;
    return BIAS + slope * product + amplitude;
  }

  function predict(x: ArrayLike<number>): Prediction {
    covariances(x);
    const n = factor.size;
    solveLower(factor, k, v);
    const variance = priorVariance(x) - dot(v, 0, v, 0, n);
    return { mean: dot(k, 0, alpha, 0, n), variance: Math.max(variance, 1e-12) };
  }

  return {
    parameters,
    mean: (x) => {
      covariances(x);
      return dot(k, 0, alpha, 0, factor.size);
    },
    predict,
    predictWithGradient(x, meanGradient, varianceGradient) {
      const prediction = predict(x);
      const n = factor.size;
      solveUpper(factor, v.subarray(0, n), v);
      for (let j = 0; j < size; j++) {
        meanGradient[j] = 0;
        varianceGradient[j] = 2 * slope * ((x[j] as number) - 0.5);
      }
      for (let i = 0; i < n; i++) {
        const row = i * size;
        const m = amplitude * maternSlope(squared[i] as number, lengthscale);
        const a = alpha[i] as number;
        const b = -2 * (v[i] as number);
        for (let j = 0; j < size; j++) {
          const pj = points[row + j] as number;
          const dk = slope * (pj - 0.5) + m * (pj - (x[j] as number));
          meanGradient[j] = (meanGradient[j] as number) + a * dk;
          varianceGradient[j] = (varianceGradient[j] as number) + b * dk;
        }
      }
      return prediction;
    },
    believe(x) {
      covariances(x);
      const n = factor.size;
      points.set(Array.from(x), n * size);
      factor = appendRow(factor, k, priorVariance(x) + noise);
      // The innovation of a believed point is zero: its weight is zero, and the other weights stay.
      alpha[n] = 0;
    },
  };
}

/** Adds to the diagonal until the factorisation succeeds: repeated points make K singular to working precision. */
function factoriseCovariance(data: TrainingData, parameters: KernelParameters, stride: number): Cholesky {
  const { points, count, size, extraNoise } = data;
  const { amplitude, lengthscale, linear, noise } = parameters;
  const slope = (linear * 12) / size;
  for (let jitter = 0; ; jitter = jitter === 0 ? 1e-8 : jitter * 10) {
    if (jitter > 1) throw new Error('the covariance of the scores is not positive definite');
    const matrix = new Float64Array(stride * stride);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) {
        let distance = 0;
        let product = 0;
        for (let c = 0; c < size; c++) {
          const a = points[i * size + c] as number;
          const b = points[j * size + c] as number;
          distance += (a - b) * (a - b);
          product += (a - 0.5) * (b - 0.5);
        }
        matrix[i * stride + j] = BIAS + slope * product + amplitude * matern(distance, lengthscale);
      }
      const diagonal = i * stride + i;
      matrix[diagonal] = (matrix[diagonal] as number) + noise + (extraNoise[i] as number) + jitter;
    }
    const factor = factorise(matrix, count, stride);
    if (factor !== undefined) return factor;
  }
}
