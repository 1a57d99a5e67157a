/**
 * Median of the nearest neighbours and Gaussian blur in as many dimensions as a tensor has, for some of its rows. Beyond the edges the tensor is
 * mirrored, the outermost element doubled (`reflect` of SciPy, whose median_filter with size 3 and gaussian_filter with sigma 1 these equal).
 */

/** Rows that are looked at before and after those that are wanted: 4 of the blur, 1 of the median. */
export const HALO = 5;

const RADIUS = HALO - 1;
const BLUR = gaussian();

export interface Rows {
  readonly shape: readonly number[];
  /** Numbers of rows of the tensor: those that `values` begins and ends before. */
  readonly from: number;
  readonly to: number;
  readonly values: Float32Array;
}

/** @param rows with {@link HALO} rows more at both ends, as far as there are any; @returns rows `from` to `to` (without it), smoothed */
export function smooth(rows: Rows, from: number, to: number): Float32Array {
  const height = rows.shape[0] ?? 1;
  const middle = { from: Math.max(0, from - RADIUS), to: Math.min(height, to + RADIUS) };
  const medians = { ...rows, ...middle, values: medianOf(rows, middle.from, middle.to) };
  const length = lengthOfRow(rows.shape);
  let blurred = blurRows(medians, from, to, length);
  let stride = length;
  for (const size of rows.shape.slice(1)) {
    stride /= size;
    if (size > 1) blurred = blurWithin(blurred, size, stride);
  }
  return blurred;
}

export function lengthOfRow(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

function medianOf({ shape, from: start, values }: Rows, from: number, to: number): Float32Array {
  const [height = 1] = shape;
  const length = lengthOfRow(shape);
  const sorter = createSorter(shape.slice(1));
  const { each } = sorter;
  // Three rows in turn, each sorted once.
  const buffers = [0, 1, 2].map(() => ({ row: -1, lists: new Float32Array(length * each) }));
  const sorted = (wanted: number): Float32Array => {
    const row = Math.min(height - 1, Math.max(0, wanted));
    const buffer = buffers[row % 3];
    if (buffer === undefined) throw new Error('there are three buffers');
    if (buffer.row !== row) sorter.sort(values, (row - start) * length, buffer.lists);
    buffer.row = row;
    return buffer.lists;
  };
  const out = new Float32Array((to - from) * length);
  for (let row = from; row < to; row++) {
    const target = (row - from) * length;
    const [above, own, below] = [sorted(row - 1), sorted(row), sorted(row + 1)];
    // A dimension of one element would only double the others.
    if (height === 1) for (let i = 0; i < length; i++) out[target + i] = own[i * each + (each >> 1)] ?? 0;
    else for (let i = 0; i < length; i++) out[target + i] = middleOf(above, own, below, i * each, each);
  }
  return out;
}

/** Sorts the neighbours of every element of a row, and itself, into lists of `each`, dimension by dimension: lists that are sorted are merged. */
function createSorter(sizes: readonly number[]): {
  readonly each: number;
  readonly sort: (values: Float32Array, first: number, lists: Float32Array) => void;
} {
  const length = sizes.reduce((product, size) => product * size, 1);
  let [each, stride] = [1, length];
  const steps = sizes.flatMap((size) => {
    stride /= size;
    if (size === 1) return [];
    each *= 3;
    return [{ size, stride, each, lists: new Float32Array(length * each) }];
  });
  return {
    each,
    sort(values, first, target) {
      let lists = values.subarray(first, first + length);
      for (const step of steps) {
        mergeNeighbours(lists, step);
        ({ lists } = step);
      }
      target.set(lists);
    },
  };
}

/** @param each of the lists that come of it; @param stride between neighbours */
function mergeNeighbours(
  from: Float32Array,
  { size, stride, each, lists }: { size: number; stride: number; each: number; lists: Float32Array },
): void {
  const shorter = each / 3;
  const length = lists.length / each;
  for (let i = 0; i < length; i++) {
    const at = Math.floor(i / stride) % size;
    let [one, two, three] = [
      (at > 0 ? i - stride : i) * shorter,
      i * shorter,
      (at < size - 1 ? i + stride : i) * shorter,
    ];
    const [oneEnd, twoEnd, threeEnd] = [one + shorter, two + shorter, three + shorter];
    for (let to = i * each; to < (i + 1) * each; to++) {
      const x = one < oneEnd ? (from[one] ?? 0) : Number.POSITIVE_INFINITY;
      const y = two < twoEnd ? (from[two] ?? 0) : Number.POSITIVE_INFINITY;
      const z = three < threeEnd ? (from[three] ?? 0) : Number.POSITIVE_INFINITY;
      if (x <= y && x <= z) {
        lists[to] = x;
        one++;
      } else if (y <= z) {
        lists[to] = y;
        two++;
      } else {
        lists[to] = z;
        three++;
      }
    }
  }
}

/** The median of three sorted lists. @param at where all of them begin */
function middleOf(
  above: Float32Array,
  own: Float32Array,
  below: Float32Array,
  at: number,
  each: number,
): number {
  let [one, two, three] = [at, at, at];
  const end = at + each;
  let middle = 0;
  for (let n = 0; n <= (3 * each) >> 1; n++) {
    const x = one < end ? (above[one] ?? 0) : Number.POSITIVE_INFINITY;
    const y = two < end ? (own[two] ?? 0) : Number.POSITIVE_INFINITY;
    const z = three < end ? (below[three] ?? 0) : Number.POSITIVE_INFINITY;
    if (x <= y && x <= z) {
      middle = x;
      one++;
    } else if (y <= z) {
      middle = y;
      two++;
    } else {
      middle = z;
      three++;
    }
  }
  return middle;
}

function blurRows(
  { shape, from: start, values }: Rows,
  from: number,
  to: number,
  length: number,
): Float32Array {
  const [height = 1] = shape;
  if (height === 1) return values;
  const out = new Float32Array((to - from) * length);
  const sums = new Float64Array(length);
  for (let row = from; row < to; row++) {
    sums.fill(0);
    for (const [k, factor] of BLUR.entries()) {
      const base = (mirrored(row + k - RADIUS, height) - start) * length;
      for (let i = 0; i < length; i++) sums[i] = (sums[i] ?? 0) + factor * (values[base + i] ?? 0);
    }
    out.set(sums, (row - from) * length);
  }
  return out;
}

/** Along a dimension within the rows. */
function blurWithin(values: Float32Array, size: number, stride: number): Float32Array {
  const out = new Float32Array(values.length);
  const places = Array.from({ length: size }, (_, at) =>
    BLUR.map((_factor, k) => mirrored(at + k - RADIUS, size) * stride),
  );
  for (let base = 0; base < values.length; base += size * stride) {
    for (const [at, froms] of places.entries()) {
      for (let i = 0; i < stride; i++) {
        let sum = 0;
        for (let k = 0; k < froms.length; k++) {
          sum += (BLUR[k] ?? 0) * (values[base + i + (froms[k] ?? 0)] ?? 0);
        }
        out[base + at * stride + i] = sum;
      }
    }
  }
  return out;
}

function mirrored(at: number, size: number): number {
  const within = ((at % (2 * size)) + 2 * size) % (2 * size);
  return within < size ? within : 2 * size - 1 - within;
}

function gaussian(): number[] {
  const factors = Array.from({ length: 2 * RADIUS + 1 }, (_, k) => Math.exp(-((k - RADIUS) ** 2) / 2));
  const sum = factors.reduce((total, factor) => total + factor, 0);
  return factors.map((factor) => factor / sum);
}
