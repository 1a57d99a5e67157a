import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';
import { productOf, PRODUCTS } from './parts/gram.ts';

const ROUNDS = 100;
/** Radians: a step that short is none. */
const SHORT = 1e-9;
/** Below this angle it and its sine are the same number. */
const SMALL_ANGLE = 1e-7;

/**
 * The mean on the sphere (Karcher 1977) of any number of models, every tensor taken as one vector: the direction from which the directions of
 * all models, each by its share, balance; as long as their mean length. A has the share 1 - w, the others w in equal parts; of two it is slerp
 * that keeps the length. Found by going along the mean of the logarithms until that is nothing, at most 100 times. Linear where a model is zero,
 * not finite, or opposite to the mean.
 */
export const karcher: MergeMethod = {
  name: 'karcher',
  description: 'mean on the sphere: A by the share 1 - w, the others by w in equal parts',
  source: 'Karcher 1977; mergekit (karcher)',
  models: { least: 2, most: 8 },
  // Beyond these there may be no mean.
  parameters: [weightParameter('share of all models but A', 0.5, { min: 0, max: 1 })],
  isAAtZero: true,
  isBAtOne: true,
  measure: PRODUCTS,
  coefficients(values, products, { models }) {
    const weight = numberOf(values, WEIGHT);
    const shares = Array.from({ length: models }, (_, i) => (i === 0 ? 1 - weight : weight / (models - 1)));
    return karcherFactors(shares, productOf(products, models)) ?? shares;
  },
  combine(models, factors, out) {
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let model = 0; model < models.length; model++) {
        sum += (factors[model] ?? 0) * (models[model]?.[i] ?? 0);
      }
      out[i] = sum;
    }
  },
};

type Product = (i: number, j: number) => number;

/** What every model is multiplied by; undefined where there is no mean on a sphere. */
function karcherFactors(shares: readonly number[], product: Product): number[] | undefined {
  const lengths = shares.map((_, i) => Math.sqrt(product(i, i)));
  if (!lengths.every((length) => length > 0 && Number.isFinite(length))) return undefined;
  const ofUnits: Product = (i, j) => (i === j ? 1 : product(i, j) / ((lengths[i] ?? 1) * (lengths[j] ?? 1)));
  let mean = normalised(shares, ofUnits);
  for (let round = 0; round < ROUNDS && mean !== undefined; round++) {
    const step = meanLogarithm(mean, shares, ofUnits);
    if (step === undefined) return undefined;
    const angle = lengthOf(step, ofUnits);
    if (angle < SHORT) break;
    const [along, across] = [Math.cos(angle), Math.sin(angle) / angle];
    mean = normalised(
      mean.map((part, i) => along * part + across * (step[i] ?? 0)),
      ofUnits,
    );
  }
  const length = shares.reduce((sum, share, i) => sum + share * (lengths[i] ?? 0), 0);
  return mean?.map((part, i) => (length / (lengths[i] ?? 1)) * part);
}

/** Vectors are sums of the models' directions. Where they all point from the mean, by their shares; undefined where one is opposite. */
function meanLogarithm(
  mean: readonly number[],
  shares: readonly number[],
  product: Product,
): number[] | undefined {
  const sum = mean.map(() => 0);
  for (const [i, share] of shares.entries()) {
    const cosine = mean.reduce((total, part, j) => total + part * product(i, j), 0);
    if (share === 0) continue;
    if (cosine < -1 + SHORT) return undefined;
    const angle = Math.acos(Math.min(1, cosine));
    const factor = share * (angle < SMALL_ANGLE ? 1 : angle / Math.sin(angle));
    for (const [j, part] of mean.entries()) sum[j] = (sum[j] ?? 0) - factor * cosine * part;
    sum[i] = (sum[i] ?? 0) + factor;
  }
  return sum;
}

function normalised(vector: readonly number[], product: Product): number[] | undefined {
  const length = lengthOf(vector, product);
  return length > SHORT ? vector.map((part) => part / length) : undefined;
}

function lengthOf(vector: readonly number[], product: Product): number {
  let square = 0;
  for (const [i, one] of vector.entries()) {
    for (const [j, other] of vector.entries()) square += one * other * product(i, j);
  }
  return Math.sqrt(Math.max(0, square));
}
