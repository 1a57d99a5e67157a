import { roundHalfEven } from '../../shared/round-half-even.ts';
import type { MergeMethod, Place } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';

/**
 * Whole rows of B in place of A's: a share `weight` of them, from the share `offset` on; what would go beyond the last row comes from the first
 * ones. A row is all that has the same first index; a number alone is a row. Bounds are rounded to whole rows, halves to the even one. Source:
 * tensor of supermerger, tensor_sum of sd-mecha.
 */
export const tensorSum: MergeMethod = {
  name: 'tensor-sum',
  description: 'a share w of the rows from B, the rest from A',
  source: 'supermerger (tensor), sd-mecha (tensor_sum)',
  models: { least: 2, most: 2 },
  parameters: [
    weightParameter('share of the rows that come from B', 0.5, { min: 0, max: 1 }),
    {
      name: 'offset',
      kind: 'number',
      description: "where B's rows begin, as a share of all rows",
      per: 'block',
      min: 0,
      max: 1,
      default: 0,
    },
  ],
  isAAtZero: true,
  isBAtOne: true,
  hidesNonFinite: true,
  coefficients: () => [],
  combine([a, b], _, out, place) {
    if (a === undefined || b === undefined) return;
    const { from, to, isInside } = rowsOfB(place);
    const { shape } = place.tensor;
    const [rows = 1] = shape;
    const length = Math.max(1, shape.reduce((product, size) => product * size, 1) / Math.max(1, rows));
    for (let i = 0; i < out.length; i++) {
      const row = Math.floor((place.first + i) / length);
      const isB = (row >= from && row < to) === isInside;
      out[i] = (isB ? b[i] : a[i]) ?? 0;
    }
  },
};

/** Rows `from` to `to`, without the last, are B's if `isInside`, A's if not. */
function rowsOfB({ tensor: { shape }, values }: Place): { from: number; to: number; isInside: boolean } {
  const [rows = 1] = shape;
  const width = numberOf(values, WEIGHT);
  const offset = numberOf(values, 'offset') % 1;
  const end = width + offset;
  if (end <= 1) return { from: roundHalfEven(offset * rows), to: roundHalfEven(end * rows), isInside: true };
  return { from: roundHalfEven((end - 1) * rows), to: roundHalfEven(offset * rows), isInside: false };
}
