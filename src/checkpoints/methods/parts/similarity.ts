/**
 * How alike A and B are, column by column and as a whole: what cosine A and B of supermerger go by. A column is all elements that differ in the
 * first index alone; of a vector there is one. Where one of two is zero the cosine is 0.
 */
import type { Measure, MergedTensor } from '../method.ts';

/** How a tensor's columns are compared with it: each made as long as the others first (A), or as they are (B). */
export type Mode = 'A' | 'B';

/** Beyond these shares of all similarities they are left out when the range of them is taken. */
const [LOW_SHARE, HIGH_SHARE] = [0.01, 0.99];

/** The cosine of every column, then that of the whole tensor. */
export function measureSimilarity(mode: Mode): Measure {
  return {
    passes: 1,
    size: ({ shape }) => columnsOf(shape) + 1,
    start: ({ shape }: MergedTensor) => {
      const columns = columnsOf(shape);
      const [aa, ab, bb] = [0, 1, 2].map(() => new Float64Array(columns));
      return {
        add([a, b], first) {
          if (a === undefined || b === undefined || aa === undefined || ab === undefined || bb === undefined)
            return;
          let column = first % columns;
          for (let i = 0; i < a.length; i++) {
            const [x, y] = [a[i] ?? 0, b[i] ?? 0];
            aa[column] = (aa[column] ?? 0) + x * x;
            ab[column] = (ab[column] ?? 0) + x * y;
            bb[column] = (bb[column] ?? 0) + y * y;
            if (++column === columns) column = 0;
          }
        },
        result() {
          const cosines = Float64Array.from({ length: columns }, (_, i) =>
            cosineOf(aa?.[i] ?? 0, ab?.[i] ?? 0, bb?.[i] ?? 0),
          );
          // Of columns of length 1, what counts is how many there are that are not zero.
          const whole =
            mode === 'A'
              ? cosineOf(nonzeros(aa), sum(cosines), nonzeros(bb))
              : cosineOf(sum(aa), sum(ab), sum(bb));
          const result = new Float64Array(columns + 1);
          result.set(cosines);
          result[columns] = whole;
          return result;
        },
      };
    },
  };
}

function columnsOf(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, size) => product * size, shape[0] === 0 ? 0 : 1);
}

/** The least and the largest similarity of all columns of all tensors, without the outermost hundredths. Of mode A those of the columns alone. */
export function rangeOfSimilarities(mode: Mode, measured: readonly Float64Array[]): [number, number] {
  const count = measured.reduce((total, { length }) => total + Math.max(0, length - 1), 0);
  const all = new Float64Array(count);
  let at = 0;
  for (const tensor of measured) {
    for (let column = 0; column < tensor.length - 1; column++) {
      all[at++] = mode === 'A' ? (tensor[column] ?? 0) : combined(tensor, column);
    }
  }
  const sorted = all.filter((value) => !Number.isNaN(value)).sort();
  const inner = sorted.subarray(firstAtLeast(sorted, percentile(sorted, LOW_SHARE)));
  const high = percentile(inner, HIGH_SHARE);
  let last = inner.length - 1;
  while (last > 0 && (inner[last] ?? 0) > high) last--;
  return [inner[0] ?? 0, inner[last] ?? 0];
}

/** What of A is kept in every column: where it lies in the range, less `alpha`, from 0 to 1. */
export function sharesOfA(
  tensor: Float64Array,
  alpha: number,
  [least = 0, most = 0]: readonly number[],
): Float32Array {
  const range = most - least;
  return Float32Array.from({ length: Math.max(0, tensor.length - 1) }, (_, column) => {
    // All alike: they are at the upper end of the range, as equal models are.
    const place = range > 0 ? (combined(tensor, column) - least) / range : 1;
    return Math.min(1, Math.max(0, place - alpha));
  });
}

/** `k A + (1 - k) B`, k by column, in float64. */
export function mixColumns(
  [a, b]: readonly Float32Array[],
  shares: Float32Array,
  out: Float32Array,
  { first }: { readonly first: number },
): void {
  if (a === undefined || b === undefined) return;
  const columns = shares.length;
  let column = first % columns;
  for (let i = 0; i < out.length; i++) {
    const share = shares[column] ?? 0;
    out[i] = share * (a[i] ?? 0) + (1 - share) * (b[i] ?? 0);
    if (++column === columns) column = 0;
  }
}

/** The mean of a column's cosine and the whole tensor's. */
function combined(tensor: Float64Array, column: number): number {
  return ((tensor[column] ?? 0) + (tensor[tensor.length - 1] ?? 0)) / 2;
}

/** Half way between the two neighbours where it falls between them. */
function percentile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share;
  return ((sorted[Math.floor(at)] ?? 0) + (sorted[Math.ceil(at)] ?? 0)) / 2;
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let at = 0;
  while (at < sorted.length && (sorted[at] ?? 0) < value) at++;
  return at;
}

function cosineOf(aa: number, ab: number, bb: number): number {
  const lengths = Math.sqrt(aa) * Math.sqrt(bb);
  return lengths === 0 ? 0 : ab / lengths;
}

function nonzeros(values: Float64Array | undefined): number {
  return values?.reduce((count, value) => count + (value === 0 ? 0 : 1), 0) ?? 0;
}

function sum(values: Float64Array | undefined): number {
  return values?.reduce((total, value) => total + value, 0) ?? 0;
}
