import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';

/** `A + w * (B - A)`, three float32 roundings: the formula of the Python tools at Max Precision. Not `lerp`, which differs in the last bit. */
export const weightedSum: MergeMethod = {
  name: 'weighted-sum',
  description: 'A + w (B - A)',
  source: 'common merge tools',
  models: { least: 2, most: 2 },
  parameters: [weightParameter('share of B', 0.5)],
  isAAtZero: true,
  isBAtOne: true,
  coefficients: (values) => [numberOf(values, WEIGHT)],
  combine([a, b], [w = 0], out) {
    if (a === undefined || b === undefined) return;
    for (let i = 0; i < out.length; i++) {
      const from = a[i] ?? 0;
      out[i] = from + Math.fround(w * Math.fround((b[i] ?? 0) - from));
    }
  },
};
