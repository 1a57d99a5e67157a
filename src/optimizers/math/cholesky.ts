/**
 * Cholesky factors of symmetric positive definite matrices: A = L Lᵀ.
 * L is lower triangular, row by row in one Float64Array; row i starts at i · stride and has i + 1 entries.
 */
export interface Cholesky {
  readonly lower: Float64Array;
  readonly stride: number;
  readonly size: number;
}

/**
 * Factorises the lower triangle of `matrix` (row-major, `size` rows of `stride` numbers) in place.
 * @returns undefined when it is not positive definite to working precision
 */
export function factorise(matrix: Float64Array, size: number, stride: number): Cholesky | undefined {
  for (let i = 0; i < size; i++) {
    const row = i * stride;
    for (let j = 0; j < i; j++) {
      const other = j * stride;
      matrix[row + j] =
        ((matrix[row + j] as number) - dot(matrix, row, matrix, other, j)) / (matrix[other + j] as number);
    }
    const pivot = (matrix[row + i] as number) - dot(matrix, row, matrix, row, i);
    if (!(pivot > 0)) return undefined;
    matrix[row + i] = Math.sqrt(pivot);
  }
  return { lower: matrix, stride, size };
}

/**
 * The factor of the matrix with one more row and column. The new row shares the storage: only the newest factor
 * may be extended, and the storage must have room (stride > size).
 * @param column covariances with the existing rows @param diagonal the new diagonal entry
 */
export function appendRow(factor: Cholesky, column: Float64Array, diagonal: number): Cholesky {
  const { lower, stride, size } = factor;
  const row = new Float64Array(size);
  solveLower(factor, column, row);
  lower.set(row, size * stride);
  const pivot = diagonal - dot(row, 0, row, 0, size);
  // A point that repeats another one brings almost nothing new: its pivot is rounding error, kept positive.
  lower[size * stride + size] = Math.sqrt(Math.max(pivot, 1e-10 * diagonal));
  return { lower, stride, size: size + 1 };
}

/** out = L⁻¹ b. `out` may be `b`. */
export function solveLower(factor: Cholesky, b: Float64Array, out: Float64Array): void {
  const { lower, stride, size } = factor;
  for (let i = 0; i < size; i++) {
    const row = i * stride;
    out[i] = ((b[i] as number) - dot(lower, row, out, 0, i)) / (lower[row + i] as number);
  }
}

/** out = L⁻ᵀ b. `out` may be `b`. */
export function solveUpper(factor: Cholesky, b: Float64Array, out: Float64Array): void {
  const { lower, stride, size } = factor;
  if (out !== b) out.set(b.subarray(0, size));
  for (let i = size - 1; i >= 0; i--) {
    const row = i * stride;
    const value = (out[i] as number) / (lower[row + i] as number);
    out[i] = value;
    for (let j = 0; j < i; j++) out[j] = (out[j] as number) - value * (lower[row + j] as number);
  }
}

/** The inverse of A, both triangles, row-major with stride `size`. */
export function inverse(factor: Cholesky): Float64Array {
  const { lower, stride, size } = factor;
  // Row i holds column i of L⁻¹ from its diagonal on: both products below then run along rows.
  const columns = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const column = i * size;
    columns[column + i] = 1 / (lower[i * stride + i] as number);
    for (let k = i + 1; k < size; k++) {
      const row = k * stride;
      columns[column + k] = -dot(lower, row + i, columns, column + i, k - i) / (lower[row + k] as number);
    }
  }
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = dot(columns, i * size + i, columns, j * size + i, size - i);
      result[i * size + j] = value;
      result[j * size + i] = value;
    }
  }
  return result;
}

/** log det A. */
export function logDeterminant({ lower, stride, size }: Cholesky): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.log(lower[i * stride + i] as number);
  return 2 * sum;
}

/** Inner product of two stretches. Four sums at once: a single one waits for its own last addition. */
export function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += (a[fromA + i] as number) * (b[fromB + i] as number);
    s1 += (a[fromA + i + 1] as number) * (b[fromB + i + 1] as number);
    s2 += (a[fromA + i + 2] as number) * (b[fromB + i + 2] as number);
    s3 += (a[fromA + i + 3] as number) * (b[fromB + i + 3] as number);
  }
  for (; i < length; i++) s0 += (a[fromA + i] as number) * (b[fromB + i] as number);
  return s0 + s1 + (s2 + s3);
}
