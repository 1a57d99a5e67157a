import type { MergeMethod } from './method.ts';
import { numberOf, SEED, WEIGHT, weightParameter } from './parameter.ts';
import { chanceBy } from './parts/chance.ts';
import { dropParameter } from './parts/drop-parameter.ts';
import { electionParameter, fuserFor } from './parts/election.ts';

/**
 * DARE in which large changes are dropped less often than small ones: of a row with n elements, the one of rank r by |X - A| (1 = smallest; equal
 * ones share the mean of their ranks) is kept with probability q = 1 - p + epsilon (r/n - (n+1)/(2n)), within 0 to 1, and divided by q. What is
 * left is fused as in TIES. Rows are those of the first dimension; a vector is one row. Source: Deep et al. 2024, DELLA-Merging, arXiv
 * 2406.11617 (ranks by row; sd-mecha ranks whole tensors and divides by 1 - p).
 */
export const della: MergeMethod = {
  name: 'della',
  description: 'TIES on randomly dropped changes, the small ones in a row more often; A is the base',
  source: 'Deep et al. 2024, arXiv 2406.11617',
  models: { least: 2, most: 8 },
  parameters: [
    weightParameter('how much of the changes is added', 1),
    dropParameter(0.5),
    {
      name: 'epsilon',
      kind: 'number',
      description: 'how much more often the largest change in a row is kept than the smallest',
      per: 'block',
      min: 0,
      max: 1,
      default: 0.2,
    },
    electionParameter('magnitude'),
    SEED,
  ],
  isAAtZero: true,
  isBAtOne: false,
  hidesNonFinite: true,
  rows: { halo: 0 },
  coefficients: (values) => [numberOf(values, WEIGHT)],
  combine([a, ...others], [w = 0], out, { values, tensor, first }) {
    if (a === undefined) return;
    const [p, epsilon, seed] = ['p', 'epsilon', SEED.name].map((name) => numberOf(values, name));
    const fuse = fuserFor(values);
    const chances = others.map((_, model) => chanceBy(seed ?? 0, tensor.key, model + 1));
    const length = rowLength(tensor.shape, out.length);
    const kept = others.map(() => new Float64Array(length));
    const changes = new Float64Array(others.length);
    for (let start = 0; start < out.length; start += length) {
      for (const [model, values] of others.entries()) {
        const row = kept[model] ?? new Float64Array();
        for (let i = 0; i < length; i++) row[i] = Math.fround((values[start + i] ?? 0) - (a[start + i] ?? 0));
        drop(row, chances[model] ?? (() => 0), first + start, { p: p ?? 0, epsilon: epsilon ?? 0 });
      }
      for (let i = 0; i < length; i++) {
        for (let model = 0; model < others.length; model++) changes[model] = kept[model]?.[i] ?? 0;
        out[start + i] = (a[start + i] ?? 0) + w * fuse(changes);
      }
    }
  },
};

function rowLength(shape: readonly number[], count: number): number {
  if (shape.length < 2) return Math.max(1, count);
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/** Drops and rescales the changes of a row, in place. @param first number of its first element */
function drop(
  row: Float64Array,
  chance: (element: number) => number,
  first: number,
  { p, epsilon }: { readonly p: number; readonly epsilon: number },
): void {
  const n = row.length;
  const sorted = new Float32Array(n);
  for (let i = 0; i < n; i++) sorted[i] = Math.abs(row[i] ?? 0);
  sorted.sort();
  const keepOf = (rank: number): number =>
    Math.min(1, Math.max(0, 1 - p + epsilon * (rank / n - (n + 1) / (2 * n))));
  const mostKept = keepOf(n);
  for (let i = 0; i < n; i++) {
    const change = row[i] ?? 0;
    if (change === 0) continue;
    const drawn = chance(first + i);
    if (drawn >= mostKept) {
      row[i] = 0;
      continue;
    }
    const size = Math.abs(change);
    const below = countBelow(sorted, size);
    const upTo = sorted[below + 1] === size ? countBelow(sorted, nextAbove(size)) : below + 1;
    const keep = keepOf((below + upTo + 1) / 2);
    row[i] = drawn < keep ? change / keep : 0;
  }
}

/** How many of the sorted numbers are smaller. */
function countBelow(sorted: Float32Array, size: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < size) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Anything between a float32 and the next one. */
function nextAbove(size: number): number {
  return size * (1 + 2 ** -30);
}
