import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';

/** `A + w * (B - C)`, three float32 roundings: what B learned since C is added to A. */
export const addDifference: MergeMethod = {
  name: 'add-difference',
  description: 'A + w (B - C)',
  source: 'common merge tools',
  models: { least: 3, most: 3 },
  parameters: [weightParameter('how much of the difference is added', 1)],
  isAAtZero: true,
  isBAtOne: true,
  coefficients: (values) => [numberOf(values, WEIGHT)],
  combine([a, b, c], [w = 0], out) {
    if (a === undefined || b === undefined || c === undefined) return;
    for (let i = 0; i < out.length; i++) {
      out[i] = (a[i] ?? 0) + Math.fround(w * Math.fround((b[i] ?? 0) - (c[i] ?? 0)));
    }
  },
};
