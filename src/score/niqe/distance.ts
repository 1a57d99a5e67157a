import type { Gaussian } from './reference.ts';

/**
 * Mean and sample covariance (divided by n − 1) of vectors of the same length. What is NaN does not count for the mean, and for
 * the covariance only vectors without any do, as in MATLAB's nanmean and nancov; there must be two of these.
 */
export function gaussianOf(vectors: readonly Float64Array[]): Gaussian {
  return { mean: meanOf(vectors), covariance: covarianceOf(vectors.filter(isComplete)) };
}

export function isComplete(vector: Float64Array): boolean {
  return vector.every(Number.isFinite);
}

/**
 * √((μ₁ − μ₂)ᵀ ((Σ₁ + Σ₂) / 2)⁻¹ (μ₁ − μ₂)). At least one covariance must be positive definite, as that of the reference is:
 * so is the mean of both then, and its pseudo-inverse is its inverse, which the Cholesky factor gives without more ado.
 */
export function distance(a: Gaussian, b: Gaussian): number {
  const n = a.mean.length;
  const mean = a.covariance.map((value, i) => (value + (b.covariance[i] ?? 0)) / 2);
  const factor = cholesky(mean, n);
  // Forward substitution: the length of L⁻¹ (μ₁ − μ₂) is the distance.
  const solved = new Float64Array(n);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    let value = (a.mean[i] ?? 0) - (b.mean[i] ?? 0);
    for (let j = 0; j < i; j++) value -= (factor[i * n + j] ?? 0) * (solved[j] ?? 0);
    value /= factor[i * n + i] ?? Number.NaN;
    solved[i] = value;
    squares += value * value;
  }
  return Math.sqrt(squares);
}

function meanOf(vectors: readonly Float64Array[]): Float64Array {
  return Float64Array.from({ length: vectors[0]?.length ?? 0 }, (_, i) => {
    const values = vectors.map((vector) => vector[i] ?? Number.NaN).filter(Number.isFinite);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

function covarianceOf(vectors: readonly Float64Array[]): Float64Array {
  const mean = meanOf(vectors);
  const n = mean.length;
  const covariance = new Float64Array(n * n);
  for (const vector of vectors) {
    const centred = vector.map((value, i) => value - (mean[i] ?? 0));
    for (let i = 0; i < n; i++) {
      for (let j = 0, k = i * n; j < n; j++, k++) {
        covariance[k] = (covariance[k] ?? 0) + ((centred[i] ?? 0) * (centred[j] ?? 0)) / (vectors.length - 1);
      }
    }
  }
  return covariance;
}

/** The lower triangle L of a positive definite matrix L Lᵀ. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let value = matrix[i * n + j] ?? 0;
      for (let k = 0; k < j; k++) value -= (factor[i * n + k] ?? 0) * (factor[j * n + k] ?? 0);
      factor[i * n + j] = i === j ? Math.sqrt(value) : value / (factor[j * n + j] ?? Number.NaN);
    }
  }
  return factor;
}
