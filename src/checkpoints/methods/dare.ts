import type { MergeMethod } from './method.ts';
import { numberOf, SEED, WEIGHT, weightParameter } from './parameter.ts';
import { chanceBy } from './parts/chance.ts';
import { dropParameter } from './parts/drop-parameter.ts';
import { electionParameter, fuserFor } from './parts/election.ts';

/**
 * `A + w Σ m (X - A) / (1 - p)` over B and the models after it, where m is 0 with probability p and 1 otherwise, for every element: drop and
 * rescale. A is the model that the others come from. With `elect` the changes that are left are fused as in TIES. Source: Yu et al. 2024,
 * Language Models are Super Mario, arXiv 2311.03099.
 */
export const dare: MergeMethod = {
  name: 'dare',
  description: 'A + w Σ m (X - A) / (1 - p), m = 0 with probability p; A is the base',
  source: 'Yu et al. 2024, arXiv 2311.03099',
  models: { least: 2, most: 8 },
  parameters: [
    weightParameter('how much of the changes is added', 1),
    dropParameter(0.5),
    electionParameter('none'),
    SEED,
  ],
  isAAtZero: true,
  isBAtOne: false,
  hidesNonFinite: true,
  coefficients: (values) => [numberOf(values, WEIGHT)],
  combine([a, ...others], [w = 0], out, { values, tensor: { key }, first }) {
    if (a === undefined) return;
    const p = numberOf(values, 'p');
    const seed = numberOf(values, SEED.name);
    const fuse = fuserFor(values);
    const chances = others.map((_, model) => chanceBy(seed, key, model + 1));
    const changes = new Float64Array(others.length);
    for (let i = 0; i < out.length; i++) {
      const from = a[i] ?? 0;
      for (let model = 0; model < others.length; model++) {
        const isKept = (chances[model]?.(first + i) ?? 0) >= p;
        changes[model] = isKept ? ((others[model]?.[i] ?? 0) - from) / (1 - p) : 0;
      }
      out[i] = from + w * fuse(changes);
    }
  },
};
