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
  const { places, each } = neighbours(shape.slice(1));
  // A dimension of one element would only double the others.
  const steps = height > 1 ? [-1, 0, 1] : [0];
  const window = new Float32Array(steps.length * each);
  const out = new Float32Array((to - from) * length);
  for (let row = from; row < to; row++) {
    const bases = steps.map((step) => (Math.min(height - 1, Math.max(0, row + step)) - start) * length);
    const target = (row - from) * length;
    for (let i = 0; i < length; i++) {
      let count = 0;
      for (const base of bases) {
        for (let n = 0; n < each; n++) window[count++] = values[base + (places[i * each + n] ?? 0)] ?? 0;
      }
      out[target + i] = middleOf(window);
    }
  }
  return out;
}

/** Of every element of a row, the places of its neighbours in it and its own. */
function neighbours(sizes: readonly number[]): { places: Int32Array; each: number } {
  const wide = sizes.map((size): number => (size > 1 ? 3 : 1));
  const each = wide.reduce((product, count) => product * count, 1);
  const length = sizes.reduce((product, size) => product * size, 1);
  const places = new Int32Array(each * length);
  for (let i = 0; i < length; i++) {
    for (let n = 0; n < each; n++) {
      let [left, which, stride, place] = [i, n, 1, 0];
      for (let axis = sizes.length - 1; axis >= 0; axis--) {
        const [size, count] = [sizes[axis] ?? 1, wide[axis] ?? 1];
        const step = count === 1 ? 0 : (which % count) - 1;
        place += Math.min(size - 1, Math.max(0, (left % size) + step)) * stride;
        left = Math.floor(left / size);
        which = Math.floor(which / count);
        stride *= size;
      }
      places[i * each + n] = place;
    }
  }
  return { places, each };
}

/** Hoare's selection; the numbers change their places. */
function middleOf(numbers: Float32Array): number {
  const wanted = numbers.length >> 1;
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const pivot = numbers[wanted] ?? 0;
    let [i, j] = [low, high];
    while (i <= j) {
      while ((numbers[i] ?? 0) < pivot) i++;
      while (pivot < (numbers[j] ?? 0)) j--;
      if (i > j) break;
      const one = numbers[i] ?? 0;
      numbers[i++] = numbers[j] ?? 0;
      numbers[j--] = one;
    }
    if (j < wanted) low = i;
    if (wanted < i) high = j;
  }
  return numbers[wanted] ?? 0;
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
