import { expect, it } from 'vitest';
import { createRng } from '../../../../src/optimizers/math/rng.ts';
import { symmetricEigen } from '../../../../src/optimizers/math/symmetric-eigen.ts';

it('knows the eigenvalues of [[2, 1], [1, 2]]', () => {
  const { values } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
  expect(values[0]).toBeCloseTo(1, 14);
  expect(values[1]).toBeCloseTo(3, 14);
});

it('puts a random matrix together again from orthonormal vectors', () => {
  const n = 27;
  const random = createRng(1);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal();
  }
  const { values, vectors } = symmetricEigen(matrix, n);
  const entry = (i: number, j: number, weights: ArrayLike<number>): number => {
    let sum = 0;
    for (let k = 0; k < n; k++)
      sum += (vectors[i * n + k] ?? 0) * (weights[k] ?? 0) * (vectors[j * n + k] ?? 0);
    return sum;
  };
  const ones = new Float64Array(n).fill(1);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      expect(entry(i, j, values)).toBeCloseTo(matrix[i * n + j] ?? Number.NaN, 11);
      expect(entry(i, j, ones)).toBeCloseTo(i === j ? 1 : 0, 11);
    }
  }
});
