import { describe, expect, it } from 'vitest';
import {
  appendRow,
  dot,
  factorise,
  inverse,
  logDeterminant,
  solveLower,
  solveUpper,
  type Cholesky,
} from '../../../../src/optimizers/math/cholesky.ts';
import { createRng } from '../../../../src/optimizers/math/rng.ts';

const SIZE = 13;

describe('Cholesky factors', () => {
  it('solve, invert and give the determinant', () => {
    const matrix = randomMatrix(SIZE);
    const factor = factored(matrix, SIZE, SIZE);
    const b = Float64Array.from({ length: SIZE }, (_, i) => i - 4);
    const x = new Float64Array(SIZE);
    solveLower(factor, b, x);
    solveUpper(factor, x, x);
    for (let i = 0; i < SIZE; i++) expect(dot(matrix, i * SIZE, x, 0, SIZE)).toBeCloseTo(b[i] ?? 0, 9);
    const inverted = inverse(factor);
    for (let i = 0; i < SIZE; i++) {
      for (let j = 0; j < SIZE; j++) {
        expect(dot(matrix, i * SIZE, inverted, j * SIZE, SIZE)).toBeCloseTo(i === j ? 1 : 0, 9);
      }
    }
  });

  it('know a determinant exactly', () => {
    expect(logDeterminant(factored(Float64Array.of(4, 2, 2, 10), 2, 2))).toBeCloseTo(Math.log(36), 14);
  });

  it('grow by a row as if they had been made whole', () => {
    const matrix = randomMatrix(SIZE);
    const whole = factored(matrix, SIZE, SIZE);
    const part = factored(matrix, SIZE - 1, SIZE);
    const last = matrix.subarray((SIZE - 1) * SIZE);
    const grown = appendRow(part, last, last[SIZE - 1] ?? 0);
    for (let j = 0; j < SIZE; j++) {
      const at = (SIZE - 1) * SIZE + j;
      expect(grown.lower[at]).toBeCloseTo(whole.lower[at] ?? Number.NaN, 12);
    }
  });

  it('refuse what is not positive definite', () => {
    expect(factorise(Float64Array.of(1, 2, 2, 1), 2, 2)).toBeUndefined();
    expect(factorise(Float64Array.of(Number.NaN), 1, 1)).toBeUndefined();
  });

  it('reproduce a published Gaussian process at fixed parameters', () => {
    // Gradient-Free-Optimizers 1.3 with scikit-learn: exp(−r/20) plus noise 0.05 on index positions.
    const X = [
      [0, 0, 0],
      [5, 5, 5],
      [10, 0, 5],
      [3, 7, 9],
      [8, 2, 1],
      [1, 9, 4],
    ];
    const y = Float64Array.of(0.2, 0.8, 0.5, 0.62, 0, 1);
    const k = (a: readonly number[], b: readonly number[]): number =>
      Math.exp(-Math.hypot(...a.map((value, i) => value - (b[i] ?? 0))) / 20);
    const K = Float64Array.from(X.flatMap((a, i) => X.map((b, j) => k(a, b) + (i === j ? 0.05 : 0))));
    const factor = factored(K, 6, 6);
    const half = new Float64Array(6);
    solveLower(factor, y, half);
    const likelihood =
      -0.5 * dot(half, 0, half, 0, 6) - 0.5 * logDeterminant(factor) - 3 * Math.log(2 * Math.PI);
    expect(likelihood).toBeCloseTo(-4.694056968705, 8);
    for (const [x, mean, sd] of [
      [[5, 5, 4], 0.67625847, 0.4017071],
      [[9, 9, 9], 0.57407285, 0.67676218],
      [[5, 5, 5], 0.75115326, 0.30229097],
    ] as const) {
      const v = new Float64Array(6);
      solveLower(
        factor,
        Float64Array.from(X, (row) => k(row, x)),
        v,
      );
      expect(dot(v, 0, half, 0, 6)).toBeCloseTo(mean, 7);
      expect(Math.sqrt(1 + 0.05 - dot(v, 0, v, 0, 6))).toBeCloseTo(sd, 7);
    }
  });
});

/** A Aᵀ + 1. */
function randomMatrix(size: number): Float64Array {
  const random = createRng(5);
  const a = Float64Array.from({ length: size * size }, () => random.normal());
  return Float64Array.from({ length: size * size }, (_, at) => {
    const i = Math.floor(at / size);
    const j = at % size;
    return dot(a, i * size, a, j * size, size) + (i === j ? 1 : 0);
  });
}

function factored(matrix: Float64Array, size: number, stride: number): Cholesky {
  const factor = factorise(Float64Array.from(matrix), size, stride);
  if (factor === undefined) throw new Error('not positive definite');
  return factor;
}
