import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';

/**
 * `A + 1.8 w s (B - C)`, element by element, where s = |B - A| / (|B - A| + |B - C|), and 0 where both are: what B learned since C is added
 * where A has not learned it yet, as if A had been trained on. Float64, rounded once. Source: trainDifference of supermerger, after which
 * sd-mecha's mask of the same name is made; 1.8 is theirs.
 */
export const trainDifference: MergeMethod = {
  name: 'train-difference',
  description: 'A + 1.8 w s (B - C), s = |B - A| / (|B - A| + |B - C|) per element',
  source: 'supermerger (trainDifference)',
  models: { least: 3, most: 3 },
  parameters: [weightParameter('how much of the difference is added', 1)],
  isAAtZero: true,
  isBAtOne: false,
  coefficients: (values) => [numberOf(values, WEIGHT)],
  combine([a, b, c], [w = 0], out) {
    if (a === undefined || b === undefined || c === undefined) return;
    for (let i = 0; i < out.length; i++) {
      const [from, to] = [a[i] ?? 0, b[i] ?? 0];
      const learned = to - (c[i] ?? 0);
      const missing = Math.abs(to - from);
      const sum = missing + Math.abs(learned);
      out[i] = from + (sum === 0 ? 0 : FACTOR * w * (missing / sum) * learned);
    }
  },
};

const FACTOR = 1.8;
