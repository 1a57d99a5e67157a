import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter, type NumberParameter } from './parameter.ts';

/** Letters of the models behind B, each the name of its weight. */
const OTHERS = ['c', 'd', 'e', 'f', 'g', 'h'] as const;

/**
 * The weighted sum of any number of models, every one with a weight of its own in every block: A + w (B - A) + c (C - A) + d (D - A) and so on.
 * Where the weights of B and the others add up to 1, A has no part in it. Source: the weighted sum of the tools of the field, taken to several
 * models at once instead of one after the other.
 */
export const multiSum: MergeMethod = {
  name: 'multi-sum',
  description: 'A + w (B - A) + c (C - A) + d (D - A) …, a separate weight for each model',
  source: 'common merge tools, for several models at once',
  models: { least: 3, most: 2 + OTHERS.length },
  parameters: [weightParameter('share of B', 0.5), ...OTHERS.map((letter, n) => shareOf(letter, n + 3))],
  isAAtZero: true,
  isBAtOne: true,
  coefficients: (values) => [numberOf(values, WEIGHT), ...OTHERS.map((name) => numberOf(values, name))],
  combine([a, ...others], weights, out) {
    if (a === undefined) return;
    for (let i = 0; i < out.length; i++) {
      const from = a[i] ?? 0;
      let sum = from;
      for (let model = 0; model < others.length; model++) {
        const change = Math.fround((others[model]?.[i] ?? 0) - from);
        sum = Math.fround(sum + Math.fround((weights[model] ?? 0) * change));
      }
      out[i] = sum;
    }
  },
};

/** @param ofModel its place among all models, A's being 1 */
function shareOf(letter: (typeof OTHERS)[number], ofModel: number): NumberParameter {
  return {
    name: letter,
    kind: 'number',
    ofModel,
    description: `share of ${letter.toUpperCase()}, if given`,
    per: 'block',
    min: -1,
    max: 2,
    default: 0,
  };
}
