/** A matrix as the product of a tall one and a wide one: what most kinds are made of. */
import { elements, type Part, type Shape } from './kind.ts';

export interface LowRank {
  readonly rank: number;
  readonly columns: number;
  /** rows × rank */
  readonly up: Float32Array;
  /** rank × columns */
  readonly down: Float32Array | Float64Array;
}

/** A run within a row. */
interface Place {
  readonly row: number;
  readonly column: number;
  readonly length: number;
}

/** Columns that are worked on at a time: the sums of two rows stay in a core's first cache. */
const TILE = 512;

/** Sizes of up (rows × rank) times down (rank × columns). @returns undefined where they do not fit */
export function measureProduct(
  up: Shape | undefined,
  down: Shape | undefined,
): { rows: number; rank: number; columns: number } | undefined {
  const [rows, rank] = [up?.[0] ?? 0, down?.[0] ?? 0];
  if (up === undefined || down === undefined || rows === 0 || rank === 0) return undefined;
  return elements(up, 1) === rank ? { rows, rank, columns: elements(down, 1) } : undefined;
}

/**
 * Sizes of a Tucker decomposition: a core of p × q × kernel, a factor of the output with p and one of the input with q.
 * @param outer rows × p; inner: q × columns of the input
 */
export function measureTucker(
  outer: Shape | undefined,
  core: Shape | undefined,
  inner: Shape | undefined,
): { rows: number; rank: number; columns: number } | undefined {
  const [p, q] = [core?.[0] ?? 0, core?.[1] ?? 0];
  if (outer === undefined || core === undefined || inner === undefined || p === 0 || q === 0)
    return undefined;
  if (elements(outer, 1) !== p || inner[0] !== q || (outer[0] ?? 0) === 0) return undefined;
  return { rows: outer[0] ?? 0, rank: q, columns: elements(inner, 1) * elements(core, 2) };
}

export function product(up: Part, down: Part): LowRank {
  const rank = down.shape[0] ?? 0;
  return { rank, columns: elements(down.shape, 1), up: up.data, down: down.data };
}

/**
 * `Σ outer[o,p] core[p,q,k] inner[q,i]` at row o and column (i, k), with the core and the inner factor multiplied out.
 * @param outer rows × p
 */
export function tucker(outer: Float32Array, core: Part, inner: Part): LowRank {
  const [p = 0, q = 0] = core.shape;
  const kernel = elements(core.shape, 2);
  const inputs = elements(inner.shape, 1);
  const down = new Float64Array(p * inputs * kernel);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < q; j++) {
      for (let input = 0; input < inputs; input++) {
        const factor = inner.data[j * inputs + input] ?? 0;
        const to = (i * inputs + input) * kernel;
        const from = (i * q + j) * kernel;
        for (let k = 0; k < kernel; k++) {
          down[to + k] = (down[to + k] ?? 0) + factor * (core.data[from + k] ?? 0);
        }
      }
    }
  }
  return { rank: p, columns: inputs * kernel, up: outer, down };
}

/** Rows become columns. */
export function transpose({ shape, data }: Part): Float32Array {
  const rows = shape[0] ?? 0;
  const columns = elements(shape, 1);
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      out[column * rows + row] = data[row * columns + column] ?? 0;
  }
  return out;
}

/** See `Delta.add`. Two whole rows at a time where there are two: every number of `down` is then loaded half as often. */
export function addLowRank(
  factors: LowRank,
  first: number,
  count: number,
  factor: number,
  sums: Float64Array,
  at: number,
): void {
  const { columns } = factors;
  for (let done = 0; done < count;) {
    const column = (first + done) % columns;
    const row = (first + done - column) / columns;
    const left = count - done;
    if (column === 0 && left >= 2 * columns) {
      for (let tile = 0; tile < columns; tile += TILE) {
        const place = { row, column: tile, length: Math.min(TILE, columns - tile) };
        addTwoRows(factors, place, factor, sums, at + done + tile);
      }
      done += 2 * columns;
    } else {
      const length = Math.min(columns - column, left);
      addRow(factors, { row, column, length }, factor, sums, at + done);
      done += length;
    }
  }
}

/** A run of columns in a row and in the next one. Four ranks at a time: the sums are then loaded and stored a quarter as often. */
function addTwoRows(
  { rank, columns, up, down }: LowRank,
  { row, column, length }: Place,
  factor: number,
  sums: Float64Array,
  at: number,
): void {
  const upper = row * rank;
  const lower = upper + rank;
  const below = at + columns;
  const whole = rank - (rank % 4);
  for (let r = 0; r < whole; r += 4) {
    const a = factor * (up[upper + r] ?? 0);
    const b = factor * (up[upper + r + 1] ?? 0);
    const c = factor * (up[upper + r + 2] ?? 0);
    const d = factor * (up[upper + r + 3] ?? 0);
    const e = factor * (up[lower + r] ?? 0);
    const f = factor * (up[lower + r + 1] ?? 0);
    const g = factor * (up[lower + r + 2] ?? 0);
    const h = factor * (up[lower + r + 3] ?? 0);
    const i = r * columns + column;
    const j = i + columns;
    const k = j + columns;
    const l = k + columns;
    for (let n = 0; n < length; n++) {
      const w = down[i + n] ?? 0;
      const x = down[j + n] ?? 0;
      const y = down[k + n] ?? 0;
      const z = down[l + n] ?? 0;
      sums[at + n] = (sums[at + n] ?? 0) + a * w + b * x + c * y + d * z;
      sums[below + n] = (sums[below + n] ?? 0) + e * w + f * x + g * y + h * z;
    }
  }
  const factors = { rank, columns, up, down };
  addRow(factors, { row, column, length }, factor, sums, at, whole);
  addRow(factors, { row: row + 1, column, length }, factor, sums, below, whole);
}

/** Adds one rank after the other, in the same order as two rows are added: a sum does not depend on how a tensor was cut. */
function addRow(
  { rank, columns, up, down }: LowRank,
  { row, column, length }: Place,
  factor: number,
  sums: Float64Array,
  at: number,
  firstRank = 0,
): void {
  for (let r = firstRank; r < rank; r++) {
    const a = factor * (up[row * rank + r] ?? 0);
    const i = r * columns + column;
    for (let n = 0; n < length; n++) sums[at + n] = (sums[at + n] ?? 0) + a * (down[i + n] ?? 0);
  }
}
