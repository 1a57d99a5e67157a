/**
 * Inner products of the models of a tensor with each other, each taken as one vector. Whatever is made of lengths, angles and distances between
 * whole tensors follows from them: the tensors are read once for it, and need not be kept.
 */
import type { Measure } from '../method.ts';

/** Of n vectors, for every pair i ≤ j in the order 00, 01, …, 0(n-1), 11, …: n (n+1) / 2 numbers, in float64. */
export const PRODUCTS: Measure = measureProducts(false);

/** The same for the changes B - A, C - A, … : exact also where the models are close to each other. */
export const PRODUCTS_OF_CHANGES: Measure = measureProducts(true);

function measureProducts(areChanges: boolean): Measure {
  const vectorsOf = (models: number): number => (areChanges ? models - 1 : models);
  return {
    passes: 1,
    size: ({ models }) => (vectorsOf(models) * (vectorsOf(models) + 1)) / 2,
    start: ({ models }) => {
      const n = vectorsOf(models);
      const sums = new Float64Array((n * (n + 1)) / 2);
      return {
        add([a, ...others]) {
          if (a === undefined) return;
          const vectors = areChanges ? others.map((model) => changesOf(model, a)) : [a, ...others];
          let at = 0;
          for (const [i, one] of vectors.entries()) {
            for (const other of vectors.slice(i)) {
              sums[at] = addProducts(sums[at] ?? 0, one, other);
              at++;
            }
          }
        },
        result: () => sums,
      };
    },
  };
}

function changesOf(model: Float32Array, a: Float32Array): Float64Array {
  const changes = new Float64Array(model.length);
  for (let i = 0; i < model.length; i++) changes[i] = (model[i] ?? 0) - (a[i] ?? 0);
  return changes;
}

function addProducts(
  before: number,
  one: Float32Array | Float64Array,
  other: Float32Array | Float64Array,
): number {
  let sum = before;
  for (let i = 0; i < one.length; i++) sum += (one[i] ?? 0) * (other[i] ?? 0);
  return sum;
}

/** The products as a function of two vectors' numbers. @param n vectors */
export function productOf(sums: Float64Array, n: number): (i: number, j: number) => number {
  return (i, j) => {
    const [low, high] = i <= j ? [i, j] : [j, i];
    return sums[low * n - (low * (low - 1)) / 2 + (high - low)] ?? 0;
  };
}

/** `A + Σ c (X - A)` over B and the models after it, in float64, rounded once: the `combine` of methods that are linear in the changes. */
export function addChanges(
  [a, ...others]: readonly Float32Array[],
  factors: Float32Array,
  out: Float32Array,
): void {
  if (a === undefined) return;
  for (let i = 0; i < out.length; i++) {
    const from = a[i] ?? 0;
    let sum = 0;
    for (let model = 0; model < others.length; model++) {
      sum += (factors[model] ?? 0) * ((others[model]?.[i] ?? 0) - from);
    }
    out[i] = from + sum;
  }
}
