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
  /**
   * Variance in each target of what is its images' own and changes smoothly between merges; targets whose images are the
   * first of the same order share the smaller one. 0: not known apart from the score.
   */
  readonly shared: Float64Array;
}

/** Differences of rounding errors are not taken for knowledge. */
const SMALLEST_VARIANCE = 1e-12;

interface Prediction {
  mean: number;
  /** Of the smooth function, without noise. */
  variance: number;
}

export interface GaussianProcess {
  readonly parameters: KernelParameters;
  /** Rows of the matrix: seen and believed points. */
  readonly count: number;
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
   * The same of the difference to one point: what both have in common, and is unknown of both alike, says nothing about which of
   * them is better.
   */
  comparedWith(point: ArrayLike<number>): Comparison;
  /** Prior covariance of the smooth function at two points. */
  covariance(x: ArrayLike<number>, z: ArrayLike<number>): number;
  /** Prior variance at a point. @param shared variance of what is its images' own */
  variance(x: ArrayLike<number>, shared: number): number;
  /** Prior covariance of a new score with every row. @param sharedWith variance of what its images have in common with row i's */
  covariances(x: ArrayLike<number>, sharedWith: (row: number) => number): Float64Array;
  /** L⁻¹ c: inner products of two such vectors are what the seen scores explain of a covariance. */
  whiten(covariances: Float64Array): Float64Array;
  /**
   * Takes a point as if it had been seen with its expected score: the mean stays, the variance shrinks around it
   * (the Kriging believer of Ginsbourger et al. 2010). For pending and failed points.
   */
  believe(x: ArrayLike<number>): void;
}

export type Comparison = Pick<GaussianProcess, 'predict' | 'predictWithGradient'>;

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
    for (let i = 0; i < factor.size; i++) k[i] = kernel.covariance(rows, i, query, 0, 0);
  }

  function predict(x: ArrayLike<number>): Prediction {
    covariances(x);
    const n = factor.size;
    solveLower(factor, k, v);
    const variance = kernel.variance(query, 0, 0) - dot(v, 0, v, 0, n);
    return { mean: dot(k, 0, alpha, 0, n), variance: Math.max(variance, SMALLEST_VARIANCE) };
  }

  function covariancesWith(x: ArrayLike<number>, sharedWith: (row: number) => number): Float64Array {
    setRow(query, 0, x, 0, relevance);
    return Float64Array.from({ length: factor.size }, (_, i) =>
      kernel.covariance(rows, i, query, 0, sharedWith(i)),
    );
  }

  function whiten(c: Float64Array): Float64Array {
    const whitened = new Float64Array(factor.size);
    solveLower(factor, c, whitened);
    return whitened;
  }

  /** After a prediction at x: its gradients, of the difference to a reference where there is one. */
  function gradients(
    meanGradient: Float64Array,
    varianceGradient: Float64Array,
    reference?: { readonly row: Rows; readonly weights: Float64Array },
  ): void {
    const n = factor.size;
    solveUpper(factor, v.subarray(0, n), v);
    const { scaled } = rows;
    const here = query.scaled;
    // The variance at x itself depends on its own product alone.
    const own = 2 * kernel.terms(query, 0, query, 0, 0).byProduct;
    meanGradient.fill(0);
    for (let j = 0; j < size; j++) varianceGradient[j] = own * (here[j] as number);
    for (let i = 0; i < n; i++) {
      const { byProduct, bySquared } = kernel.terms(rows, i, query, 0, 0);
      const a = alpha[i] as number;
      const b = 2 * ((reference?.weights[i] ?? 0) - (v[i] as number));
      const there = byProduct - 2 * bySquared;
      for (let j = 0; j < size; j++) {
        const dk = there * (scaled[i * size + j] as number) + 2 * bySquared * (here[j] as number);
        meanGradient[j] = (meanGradient[j] as number) + a * dk;
        varianceGradient[j] = (varianceGradient[j] as number) + b * dk;
      }
    }
    if (reference !== undefined) {
      const { byProduct, bySquared } = kernel.terms(reference.row, 0, query, 0, 0);
      for (let j = 0; j < size; j++) {
        const there = reference.row.scaled[j] as number;
        const dk = byProduct * there + 2 * bySquared * ((here[j] as number) - there);
        varianceGradient[j] = (varianceGradient[j] as number) - 2 * dk;
      }
    }
    for (let j = 0; j < size; j++) {
      meanGradient[j] = (meanGradient[j] as number) * (relevance[j] as number);
      varianceGradient[j] = (varianceGradient[j] as number) * (relevance[j] as number);
    }
  }

  function compareWith(point: ArrayLike<number>): Comparison {
    const row = createRows(1, size);
    setRow(row, 0, point, 0, relevance);
    const there = predict(point);
    const whitened = v.slice(0, factor.size);
    const weights = new Float64Array(factor.size);
    solveUpper(factor, whitened, weights);
    const compare = (x: ArrayLike<number>): Prediction => {
      const { mean, variance } = predict(x);
      const common = kernel.covariance(row, 0, query, 0, 0) - dot(v, 0, whitened, 0, factor.size);
      const difference = variance + there.variance - 2 * common;
      return { mean: mean - there.mean, variance: Math.max(difference, SMALLEST_VARIANCE) };
    };
    return {
      predict: compare,
      predictWithGradient(x, meanGradient, varianceGradient) {
        const prediction = compare(x);
        gradients(meanGradient, varianceGradient, { row, weights });
        return prediction;
      },
    };
  }

  return {
    parameters,
    get count() {
      return factor.size;
    },
    mean: (x) => {
      covariances(x);
      return dot(k, 0, alpha, 0, factor.size);
    },
    predict,
    comparedWith: compareWith,
    covariance(x, z) {
      const row = createRows(1, size);
      setRow(row, 0, z, 0, relevance);
      setRow(query, 0, x, 0, relevance);
      return kernel.covariance(row, 0, query, 0, 0);
    },
    variance(x, shared) {
      setRow(query, 0, x, 0, relevance);
      return kernel.variance(query, 0, shared);
    },
    covariances: covariancesWith,
    whiten,
    predictWithGradient(x, meanGradient, varianceGradient) {
      const prediction = predict(x);
      gradients(meanGradient, varianceGradient);
      return prediction;
    },
    believe(x) {
      covariances(x);
      const n = factor.size;
      setRow(rows, n, x, 0, relevance);
      factor = appendRow(factor, k, kernel.variance(query, 0, 0) + noise);
      // The innovation of a believed point is zero: its weight is zero, and the other weights stay.
      alpha[n] = 0;
    },
  };
}

/** Adds to the diagonal until the factorisation succeeds: repeated points make K singular to working precision. */
function factoriseCovariance(
  { count, extraNoise, shared }: TrainingData,
  kernel: Kernel,
  rows: Rows,
  noise: number,
  stride: number,
): Cholesky {
  for (let jitter = 0; ; jitter = jitter === 0 ? 1e-8 : jitter * 10) {
    if (jitter > 1) throw new Error('the covariance of the scores is not positive definite');
    const matrix = new Float64Array(stride * stride);
    for (let i = 0; i < count; i++) {
      const own = shared[i] as number;
      for (let j = 0; j < i; j++) {
        matrix[i * stride + j] = kernel.covariance(rows, i, rows, j, Math.min(own, shared[j] as number));
      }
      matrix[i * stride + i] = kernel.variance(rows, i, own) + noise + (extraNoise[i] as number) + jitter;
    }
    const factor = factorise(matrix, count, stride);
    if (factor !== undefined) return factor;
  }
}
