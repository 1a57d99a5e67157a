import { elements, type LoraKind, type Parts, type Shapes } from '../kind.ts';
import {
  addLowRank,
  measureProduct,
  measureTucker,
  product,
  transpose,
  tucker,
  type LowRank,
} from '../low-rank.ts';

/**
 * The Kronecker product `w1 ⊗ w2` (Yeh et al. 2023, LyCORIS), over outputs and inputs; the kernel is that of `w2`. Either factor may
 * itself be `a · b`, and `w2` a Tucker decomposition with `lokr_t2`, where its `a` lies with the rank first. Alpha is divided by the
 * rank of the factor that is split, `w2` before `w1`; where none is split it does not count.
 */
export const lokr: LoraKind = {
  name: 'lokr',
  parts: ['lokr_w1', 'lokr_w1_a', 'lokr_w1_b', 'lokr_w2', 'lokr_w2_a', 'lokr_w2_b', 'lokr_t2'],
  title: () => 'LoKr',
  measure(shapes) {
    const first = measureFirst(shapes);
    const second = measureSecond(shapes);
    if (first === undefined || second === undefined) return undefined;
    return {
      rows: first.rows * second.rows,
      columns: first.columns * second.columns,
      rank: shapes['lokr_w2_b']?.[0] ?? shapes['lokr_w1_b']?.[0],
    };
  },
  build(parts) {
    const first = expand(firstFactor(parts));
    const second = expand(secondFactor(parts));
    const columns = first.columns * second.columns;
    return {
      add(from, count, factor, sums, at) {
        for (let done = 0; done < count;) {
          const [row, column] = [Math.floor((from + done) / columns), (from + done) % columns];
          const outer = Math.floor(row / second.rows) * first.columns + Math.floor(column / second.columns);
          const inner = (row % second.rows) * second.columns + (column % second.columns);
          const scale = factor * (first.data[outer] ?? 0);
          const length = Math.min(count - done, second.columns - (column % second.columns));
          for (let n = 0; n < length; n++) {
            const to = at + done + n;
            sums[to] = (sums[to] ?? 0) + scale * (second.data[inner + n] ?? 0);
          }
          done += length;
        }
      },
    };
  },
};

interface Size {
  readonly rows: number;
  readonly columns: number;
}

interface Full extends Size {
  readonly data: Float32Array | Float64Array;
}

type Factor = Full | (LowRank & { readonly rows: number });

function measureFirst({ lokr_w1: full, lokr_w1_a: a, lokr_w1_b: b }: Shapes): Size | undefined {
  if (full === undefined) return measureProduct(a, b);
  return a === undefined && b === undefined ? fullSize(full) : undefined;
}

function measureSecond(shapes: Shapes): Size | undefined {
  const { lokr_w2: full, lokr_w2_a: a, lokr_w2_b: b, lokr_t2: core } = shapes;
  if (full !== undefined) {
    return a === undefined && b === undefined && core === undefined ? fullSize(full) : undefined;
  }
  if (core === undefined) return measureProduct(a, b);
  return measureTucker(a?.length === 2 ? a.toReversed() : undefined, core, b);
}

function fullSize(shape: readonly number[]): Size | undefined {
  return elements(shape) === 0 ? undefined : { rows: shape[0] ?? 1, columns: elements(shape, 1) };
}

function firstFactor({ lokr_w1: full, lokr_w1_a: a, lokr_w1_b: b }: Parts): Factor {
  if (full !== undefined)
    return { rows: full.shape[0] ?? 1, columns: elements(full.shape, 1), data: full.data };
  if (a === undefined || b === undefined) throw new Error('a LoKr has a first factor');
  return { rows: a.shape[0] ?? 0, ...product(a, b) };
}

function secondFactor({ lokr_w2: full, lokr_w2_a: a, lokr_w2_b: b, lokr_t2: core }: Parts): Factor {
  if (full !== undefined)
    return { rows: full.shape[0] ?? 1, columns: elements(full.shape, 1), data: full.data };
  if (a === undefined || b === undefined) throw new Error('a LoKr has a second factor');
  return core === undefined
    ? { rows: a.shape[0] ?? 0, ...product(a, b) }
    : { rows: a.shape[1] ?? 0, ...tucker(transpose(a), core, b) };
}

/** Every row of the result needs a row of either factor many times over. */
function expand(factor: Factor): Full {
  if ('data' in factor) return factor;
  const { rows, columns } = factor;
  const data = new Float64Array(rows * columns);
  addLowRank(factor, 0, data.length, 1, data, 0);
  return { rows, columns, data };
}
