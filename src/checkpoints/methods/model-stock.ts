import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';
import { addChanges, productOf, PRODUCTS_OF_CHANGES } from './parts/gram.ts';

/**
 * `A + w t (mean of the others - A)` for every tensor, where t = n c / (1 + (n - 1) c) for n fine-tunes of A and c is the mean cosine between
 * the changes of two of them: the nearer to A, the less they agree. A is the model that the others come from. A mean cosine below 0 counts as
 * 0, so that t is from 0 to 1; a change of zero has the cosine 0. Source: Jang et al. 2024, Model Stock, arXiv 2403.19522; the mean over all
 * pairs as in mergekit.
 */
export const modelStock: MergeMethod = {
  name: 'model-stock',
  description: 'A + w t (mean of the others - A), t from how well their changes agree; A is the base',
  source: 'Jang et al. 2024, arXiv 2403.19522',
  models: { least: 3, most: 8 },
  parameters: [weightParameter('how much of the change is added', 1)],
  isAAtZero: true,
  isBAtOne: false,
  measure: PRODUCTS_OF_CHANGES,
  coefficients(values, products, { models }) {
    const n = models - 1;
    const cosine = Math.max(0, meanCosine(productOf(products, n), n));
    const share = cosine / (1 + (n - 1) * cosine);
    return Array.from({ length: n }, () => numberOf(values, WEIGHT) * share);
  },
  combine: addChanges,
};

function meanCosine(product: (i: number, j: number) => number, n: number): number {
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const lengths = Math.sqrt(product(i, i)) * Math.sqrt(product(j, j));
      sum += lengths > 0 ? product(i, j) / lengths : 0;
      pairs++;
    }
  }
  return sum / pairs;
}
