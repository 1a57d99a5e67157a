import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';
import { electionParameter, fuserFor } from './parts/election.ts';
import { measureThresholds } from './parts/threshold.ts';

/**
 * Trim, elect, merge: of the changes X - A of every model, in every tensor, the share k of the largest is kept; where the rest disagree a sign
 * is elected; the mean of those that have it, times w, is added to A. A is the model that the others come from. Source: Yadav et al. 2023,
 * TIES-Merging, arXiv 2306.01708; trimmed by tensor, as in the tools of the field.
 */
export const ties: MergeMethod = {
  name: 'ties',
  description: 'A + w times the mean of the largest changes that agree in sign; A is the base',
  source: 'Yadav et al. 2023, arXiv 2306.01708',
  models: { least: 2, most: 8 },
  parameters: [
    weightParameter('how much of the changes is added', 1),
    {
      name: 'k',
      kind: 'number',
      description: 'share of the changes that is kept, the largest ones',
      per: 'block',
      min: 0,
      max: 1,
      default: 0.2,
    },
    electionParameter('magnitude', ['magnitude', 'count']),
  ],
  isAAtZero: true,
  isBAtOne: false,
  hidesNonFinite: true,
  measure: {
    passes: 2,
    size: ({ models }) => models - 1,
    start: (tensor, values) => measureThresholds(tensor, numberOf(values, 'k')),
  },
  coefficients: (values, thresholds) => [numberOf(values, WEIGHT), ...thresholds],
  combine([a, ...others], [w = 0, ...thresholds], out, { values }) {
    if (a === undefined) return;
    const fuse = fuserFor(values);
    const changes = new Float64Array(others.length);
    for (let i = 0; i < out.length; i++) {
      const from = a[i] ?? 0;
      for (let model = 0; model < others.length; model++) {
        const change = Math.fround((others[model]?.[i] ?? 0) - from);
        changes[model] = Math.abs(change) >= (thresholds[model] ?? 0) ? change : 0;
      }
      out[i] = from + w * fuse(changes);
    }
  },
};
