/**
 * A Gaussian process conditioned on scores.
 *
 *     n, d   points and coordinates          X  points, n × d, row by row
 *     K      k(X, X) + diag(noise + extra)   L  its Cholesky factor
 *     α      K⁻¹ y                           k  k(X, x) for a new point x
 */
import { appendRow, dot, factorise, solveLower, solveUpper, type Cholesky } from '../../math/cholesky.ts';
import { createKernel, createRows, setRow, type Kernel, type KernelParameters, type Rows } from './kernel.ts';

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
  const { noise, relevance } = parameters;
  const kernel = createKernel(parameters);
  const stride = data.count + room;
  const rows = createRows(stride, size);
  for (let i = 0; i < data.count; i++) setRow(rows, i, data.points, i * size, relevance);
  const query = createRows(1, size);
  let factor = factoriseCovariance(data, kernel, rows, noise, stride);
  const alpha = new Float64Array(stride);
  solveLower(factor, data.targets, alpha);
  solveUpper(factor, alpha.subarray(0, data.count), alpha);

  const k = new Float64Array(stride);
  const v = new Float64Array(stride);

  function covariances(x: ArrayLike<number>): void {
    setRow(query, 0, x, 0, relevance);
    for (let i = 0; i < factor.size; i++) k[i] = kernel.covariance(rows, i, query, 0);
  }

  function predict(x: ArrayLike<number>): Prediction {
    covariances(x);
    const n = factor.size;
    solveLower(factor, k, v);
    const variance = kernel.variance(query, 0) - dot(v, 0, v, 0, n);
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
      const { scaled } = rows;
      const here = query.scaled;
      // The variance at x itself depends on its own product alone.
      const own = 2 * kernel.terms(query, 0, query, 0).byProduct;
      meanGradient.fill(0);
      for (let j = 0; j < size; j++) varianceGradient[j] = own * (here[j] as number);
      for (let i = 0; i < n; i++) {
        const { byProduct, bySquared } = kernel.terms(rows, i, query, 0);
        const a = alpha[i] as number;
        const b = -2 * (v[i] as number);
        const there = byProduct - 2 * bySquared;
        for (let j = 0; j < size; j++) {
          const dk = there * (scaled[i * size + j] as number) + 2 * bySquared * (here[j] as number);
          meanGradient[j] = (meanGradient[j] as number) + a * dk;
          varianceGradient[j] = (varianceGradient[j] as number) + b * dk;
        }
      }
      for (let j = 0; j < size; j++) {
        meanGradient[j] = (meanGradient[j] as number) * (relevance[j] as number);
        varianceGradient[j] = (varianceGradient[j] as number) * (relevance[j] as number);
      }
      return prediction;
    },
    believe(x) {
      covariances(x);
      const n = factor.size;
      setRow(rows, n, x, 0, relevance);
      factor = appendRow(factor, k, kernel.variance(query, 0) + noise);
      // The innovation of a believed point is zero: its weight is zero, and the other weights stay.
      alpha[n] = 0;
    },
  };
}

/** Adds to the diagonal until the factorisation succeeds: repeated points make K singular to working precision. */
function factoriseCovariance(
  { count, extraNoise }: TrainingData,
  kernel: Kernel,
  rows: Rows,
  noise: number,
  stride: number,
): Cholesky {
  for (let jitter = 0; ; jitter = jitter === 0 ? 1e-8 : jitter * 10) {
    if (jitter > 1) throw new Error('the covariance of the scores is not positive definite');
    const matrix = new Float64Array(stride * stride);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < i; j++) matrix[i * stride + j] = kernel.covariance(rows, i, rows, j);
      matrix[i * stride + i] = kernel.variance(rows, i) + noise + (extraNoise[i] as number) + jitter;
    }
    const factor = factorise(matrix, count, stride);
    if (factor !== undefined) return factor;
  }
}
