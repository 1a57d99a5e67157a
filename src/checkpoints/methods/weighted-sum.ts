import type { MergeMethod } from './method.ts';

/** `A + w * (B - A)`, three float32 roundings: the formula of the Python tools at Max Precision. Not `lerp`, which differs in the last bit. */
export const weightedSum: MergeMethod = {
  name: 'weighted-sum',
  description: 'A + w (B - A)',
  models: 2,
  coefficients: (weight) => [weight],
  combine([a, b], [w = 0], out) {
    if (a === undefined || b === undefined) return;
    for (let i = 0; i < out.length; i++) {
      const from = a[i] ?? 0;
      out[i] = from + Math.fround(w * Math.fround((b[i] ?? 0) - from));
    }
  },
};
