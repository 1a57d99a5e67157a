import { elements, type LoraKind } from '../kind.ts';

/** The whole change of a weight or, from `diff_b`, of a bias. It has no rank, and alpha does not count. */
export const full: LoraKind = {
  name: 'full',
  parts: ['diff'],
  title: () => 'full difference',
  measure({ diff }) {
    if (diff === undefined || elements(diff) === 0) return undefined;
    return { rows: diff[0] ?? 1, columns: elements(diff, 1), rank: undefined };
  },
  build({ diff }) {
    if (diff === undefined) throw new Error('a full difference has one part');
    return {
      add(first, count, factor, sums, at) {
        for (let n = 0; n < count; n++) {
          sums[at + n] = (sums[at + n] ?? 0) + factor * (diff.data[first + n] ?? 0);
        }
      },
    };
  },
};
