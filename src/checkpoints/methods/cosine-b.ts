import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';
import { measureSimilarity, mixColumns, rangeOfSimilarities, sharesOfA } from './parts/similarity.ts';

/**
 * As cosine A, but with the whole tensor's cosine as it is, and that also in the range: long columns count more. A weight below 0 keeps more of A.
 * Source: cosineB of supermerger.
 */
export const cosineB: MergeMethod = {
  name: 'cosine-b',
  description: 'like cosine-a, but long columns count more; a weight below 0 keeps more of A',
  source: 'supermerger (cosineB)',
  models: { least: 2, most: 2 },
  parameters: [weightParameter('amount subtracted from every k', 0, { min: -1, max: 1 })],
  // At 0 the least alike columns are B's already.
  isAAtZero: false,
  isBAtOne: true,
  measure: measureSimilarity('B'),
  overall: (measured) => rangeOfSimilarities('B', measured),
  coefficients: (values, measured, _, range) => sharesOfA(measured, numberOf(values, WEIGHT), range),
  combine: mixColumns,
};
