import type { LoraKind, Part, Shape } from '../kind.ts';
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
 * `(w1_a · w1_b) ∘ (w2_a · w2_b)`, element by element (Hyeon-Woo et al. 2021, FedPara). With `hada_t1/t2` each side is a Tucker
 * decomposition, and its `a` lies with the rank first. Alpha is divided by the number of rows of `w1_b`.
 */
export const loha: LoraKind = {
  name: 'loha',
  parts: ['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b', 'hada_t1', 'hada_t2'],
  title: () => 'LoHa',
  measure(shapes) {
    const one = measureSide(shapes['hada_w1_a'], shapes['hada_w1_b'], shapes['hada_t1']);
    const two = measureSide(shapes['hada_w2_a'], shapes['hada_w2_b'], shapes['hada_t2']);
    if (one === undefined || two === undefined) return undefined;
    return one.rows === two.rows && one.columns === two.columns ? one : undefined;
  },
  build(parts) {
    const one = side(parts['hada_w1_a'], parts['hada_w1_b'], parts['hada_t1']);
    const two = side(parts['hada_w2_a'], parts['hada_w2_b'], parts['hada_t2']);
    let [left, right] = [new Float64Array(), new Float64Array()];
    return {
      add(first, count, factor, sums, at) {
        if (left.length < count) [left, right] = [new Float64Array(count), new Float64Array(count)];
        left.fill(0, 0, count);
        right.fill(0, 0, count);
        addLowRank(one, first, count, factor, left, 0);
        addLowRank(two, first, count, 1, right, 0);
        for (let n = 0; n < count; n++) {
          sums[at + n] = (sums[at + n] ?? 0) + (left[n] ?? 0) * (right[n] ?? 0);
        }
      },
    };
  },
};

function measureSide(
  a: Shape | undefined,
  b: Shape | undefined,
  core: Shape | undefined,
): ReturnType<typeof measureProduct> {
  if (core === undefined) return measureProduct(a, b);
  return measureTucker(a?.length === 2 ? a.toReversed() : undefined, core, b);
}

function side(a: Part | undefined, b: Part | undefined, core: Part | undefined): LowRank {
  if (a === undefined || b === undefined) throw new Error('a LoHa has four parts');
  return core === undefined ? product(a, b) : tucker(transpose(a), core, b);
}
