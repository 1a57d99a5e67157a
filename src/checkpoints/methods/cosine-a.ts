import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';
import { measureSimilarity, mixColumns, rangeOfSimilarities, sharesOfA } from './parts/similarity.ts';

/**
 * `k A + (1 - k) B` for every column (all elements that differ in the first index alone): k is the mean of the column's cosine between A and B and
 * that of the whole tensor with its columns made equally long, as a share of the range of all columns' cosines in all tensors that are merged (without the
 * outermost hundredths), less the weight, from 0 to 1. What is alike stays A's. Float64, rounded once; k in float32. Source: cosineA of supermerger.
 */
export const cosineA: MergeMethod = {
  name: 'cosine-a',
  description: 'k A + (1 - k) B, where k is the similarity of a column in A and B, minus w',
  source: 'supermerger (cosineA)',
  models: { least: 2, most: 2 },
  parameters: [weightParameter('amount subtracted from every k', 0, { min: 0, max: 1 })],
  // At 0 the least alike columns are B's already.
  isAAtZero: false,
  isBAtOne: true,
  measure: measureSimilarity('A'),
  overall: (measured) => rangeOfSimilarities('A', measured),
  coefficients: (values, measured, _, range) => sharesOfA(measured, numberOf(values, WEIGHT), range),
  combine: mixColumns,
};
