/** Eigenvalues and orthonormal eigenvectors of a symmetric matrix: A = V diag(values) Vᵀ. */
export interface Eigen {
  readonly values: Float64Array;
  /** Row-major; column k belongs to value k. */
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 50;

/**
 * The cyclic Jacobi method (Golub & Van Loan, Matrix Computations, 8.5): slow for large matrices, exact and simple for
 * the dozens of dimensions here.
 * @param matrix row-major, `size` × `size`; not changed
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, size) > 0; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotatePair(a, vectors, size, p, q);
    }
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i] as number), vectors };
}

/** The largest entry beside the diagonal, 0 when it is only rounding error. */
function offDiagonal(a: Float64Array, size: number): number {
  let off = 0;
  let scale = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const entry = Math.abs(a[i * size + j] as number);
      scale = Math.max(scale, entry);
      if (i !== j) off = Math.max(off, entry);
    }
  }
  return off > 1e-15 * scale ? off : 0;
}

/** Turns the plane of coordinates p and q so that their entry becomes 0. */
function rotatePair(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const entry = a[p * size + q] as number;
  if (entry === 0) return;
  const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * entry);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(t, 1);
  const sine = t * cosine;
  const turn = (m: Float64Array, i: number, j: number): void => {
    const x = m[i] as number;
    const y = m[j] as number;
    m[i] = cosine * x - sine * y;
    m[j] = sine * x + cosine * y;
  };
  for (let k = 0; k < size; k++) turn(a, k * size + p, k * size + q);
  for (let k = 0; k < size; k++) turn(a, p * size + k, q * size + k);
  for (let k = 0; k < size; k++) turn(vectors, k * size + p, k * size + q);
}
