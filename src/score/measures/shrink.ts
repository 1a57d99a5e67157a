import type { Pixels } from '../../types.ts';

/**
 * The image with its long side at most `longSide` pixels, each new pixel the mean of the area that it covers (OpenCV's
 * INTER_AREA to one grey level): antialiased, no overshoot. Smaller images come back as they are: enlarging adds
 * no detail, it would only make them look blurred.
 */
export function shrinkToLongSide(pixels: Pixels, longSide: number): Pixels {
  const longest = Math.max(pixels.width, pixels.height);
  if (longest <= longSide) return pixels;
  const width = Math.max(1, Math.round((pixels.width * longSide) / longest));
  const height = Math.max(1, Math.round((pixels.height * longSide) / longest));
  const columns = spans(pixels.width, width);
  const rows = spans(pixels.height, height);
  const data = new Uint8Array(3 * width * height);
  const sums = new Float64Array(3 * pixels.width);
  for (let y = 0; y < height; y++) {
    sumRows(pixels, rows, y, sums);
    averageColumns(sums, columns, data.subarray(3 * width * y, 3 * width * (y + 1)));
  }
  return { width, height, data };
}

/** What each new pixel covers of one axis: `first..last`, the two ends only in part. Weights sum to 1. */
interface Spans {
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly firstWeight: Float64Array;
  readonly lastWeight: Float64Array;
  readonly innerWeight: number;
}

function spans(from: number, to: number): Spans {
  const scale = from / to;
  const first = new Int32Array(to);
  const last = new Int32Array(to);
  const firstWeight = new Float64Array(to);
  const lastWeight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const start = i * scale;
    const end = Math.min(from, (i + 1) * scale);
    const low = Math.floor(start);
    const high = Math.min(from, Math.ceil(end)) - 1;
    first[i] = low;
    last[i] = high;
    firstWeight[i] = (Math.min(low + 1, end) - start) / scale;
    // With the axis unchanged a pixel covers one other: nothing is left for its other end.
    lastWeight[i] = high > low ? (end - high) / scale : 0;
  }
  return { first, last, firstWeight, lastWeight, innerWeight: 1 / scale };
}

/** Weighted sum of the rows that new row `y` covers; three at a time, since most shrinking is by less than 3. */
function sumRows(pixels: Pixels, rows: Spans, y: number, sums: Float64Array): void {
  const { data } = pixels;
  const stride = sums.length;
  const last = rows.last[y] ?? 0;
  const weightOf = (row: number): number => weightAt(rows, y, row);
  for (let row = rows.first[y] ?? 0, added = false; row <= last; row += 3, added = true) {
    const [w0, w1, w2] = [weightOf(row), weightOf(row + 1), weightOf(row + 2)];
    const at0 = row * stride;
    // A row past the last has weight 0: reading the last one again keeps the loop without branches.
    const at1 = Math.min(row + 1, last) * stride;
    const at2 = Math.min(row + 2, last) * stride;
    for (let i = 0; i < stride; i++) {
      const sum = w0 * (data[at0 + i] ?? 0) + w1 * (data[at1 + i] ?? 0) + w2 * (data[at2 + i] ?? 0);
      sums[i] = added ? (sums[i] ?? 0) + sum : sum;
    }
  }
}

function weightAt(axis: Spans, i: number, source: number): number {
  const last = axis.last[i] ?? 0;
  if (source > last) return 0;
  if (source === axis.first[i]) return axis.firstWeight[i] ?? 0;
  return source === last ? (axis.lastWeight[i] ?? 0) : axis.innerWeight;
}

function averageColumns(sums: Float64Array, columns: Spans, out: Uint8Array): void {
  for (let x = 0, j = 0; j < out.length; x++, j += 3) {
    const first = columns.first[x] ?? 0;
    const last = columns.last[x] ?? 0;
    let weight = columns.firstWeight[x] ?? 0;
    let red = weight * (sums[3 * first] ?? 0);
    let green = weight * (sums[3 * first + 1] ?? 0);
    let blue = weight * (sums[3 * first + 2] ?? 0);
    for (let column = first + 1; column <= last; column++) {
      weight = column === last ? (columns.lastWeight[x] ?? 0) : columns.innerWeight;
      red += weight * (sums[3 * column] ?? 0);
      green += weight * (sums[3 * column + 1] ?? 0);
      blue += weight * (sums[3 * column + 2] ?? 0);
    }
    out[j] = red + 0.5;
    out[j + 1] = green + 0.5;
    out[j + 2] = blue + 0.5;
  }
}
