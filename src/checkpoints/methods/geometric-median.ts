import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';
import { addChanges, productOf, PRODUCTS_OF_CHANGES } from './parts/gram.ts';

const ROUNDS = 100;
/** Distances are taken as at least that long, so that a model at the median does not divide by 0. */
const LEAST_DISTANCE = 1e-6;

/**
 * `A + w (M - A)`, where M is the point with the smallest sum of distances to all models, A included, every tensor taken as one point: a model
 * far from the others counts no more than any. Found by Weiszfeld's iteration from the mean, 100 rounds. Of two models every point between
 * them is one, and the mean is taken: there it is no use, and three are asked for. Source: Weiszfeld 1937; for model weights Pillutla et al.
 * 2022, arXiv 1912.13445.
 */
export const geometricMedian: MergeMethod = {
  name: 'geometric-median',
  description: 'A + w (M - A), M the point with the smallest sum of distances to all models',
  source: 'Weiszfeld 1937; Pillutla et al. 2022, arXiv 1912.13445',
  models: { least: 3, most: 8 },
  parameters: [weightParameter('how far from A to the median', 1)],
  isAAtZero: true,
  isBAtOne: false,
  measure: PRODUCTS_OF_CHANGES,
  coefficients(values, products, { models }) {
    const weight = numberOf(values, WEIGHT);
    return medianShares(products, models)
      .slice(1)
      .map((share) => weight * share);
  },
  combine: addChanges,
};

/** The median as shares of all models, which add up to 1. */
function medianShares(products: Float64Array, models: number): number[] {
  const equal = Array.from({ length: models }, () => 1 / models);
  if (!products.every(Number.isFinite)) return equal;
  const ofChanges = productOf(products, models - 1);
  // Seen from A, which is the vector 0.
  const product = (i: number, j: number): number => (i === 0 || j === 0 ? 0 : ofChanges(i - 1, j - 1));
  let shares = equal;
  for (let round = 0; round < ROUNDS; round++) {
    const weights = shares.map((_, i) => 1 / Math.max(LEAST_DISTANCE, distance(i, shares, product)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    shares = weights.map((weight) => weight / sum);
  }
  return shares;
}

/** From model `i` to the point with these shares. */
function distance(i: number, shares: readonly number[], product: (i: number, j: number) => number): number {
  const offsets = shares.map((share, j) => (i === j ? 1 : 0) - share);
  let square = 0;
  for (const [j, one] of offsets.entries()) {
    for (const [k, other] of offsets.entries()) square += one * other * product(j, k);
  }
  return Math.sqrt(Math.max(0, square));
}
