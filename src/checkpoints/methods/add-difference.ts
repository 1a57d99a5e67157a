import type { MergeMethod } from './method.ts';

/** `A + w * (B - C)`, three float32 roundings: what B learned since C is added to A. */
export const addDifference: MergeMethod = {
  name: 'add-difference',
  description: 'A + w (B - C)',
  models: 3,
  coefficients: (weight) => [weight],
  combine([a, b, c], [w = 0], out) {
    if (a === undefined || b === undefined || c === undefined) return;
    for (let i = 0; i < out.length; i++) {
      out[i] = (a[i] ?? 0) + Math.fround(w * Math.fround((b[i] ?? 0) - (c[i] ?? 0)));
    }
  },
};
