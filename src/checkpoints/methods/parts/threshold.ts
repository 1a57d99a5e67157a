/** The size that the largest changes of a tensor have, found exactly in two passes without keeping the tensor. */
import type { MergedTensor, Measurement } from '../method.ts';

/** Bits of a float32 without its sign sort as the number does: 15 of them in the first pass, the other 16 in the second. */
const HIGH = 2 ** 15;
const LOW = 2 ** 16;

/**
 * For B and every model after it, the smallest |X - A| (as float32) among the share of largest ones.
 * @param share from 0 (infinity: none) to 1 (the smallest of all)
 */
export function measureThresholds({ models, shape }: MergedTensor, share: number): Measurement {
  const count = shape.reduce((product, size) => product * size, 1);
  const wanted = Math.round(share * count);
  const found = Array.from({ length: models - 1 }, () => ({
    high: new Uint32Array(HIGH),
    low: new Uint32Array(LOW),
    /** Which of the high halves the threshold has, and how many above it are wanted besides. */
    at: undefined as { readonly bin: number; readonly left: number } | undefined,
  }));
  const one = new Float32Array(1);
  const bits = new Uint32Array(one.buffer);
  return {
    add([a, ...others], _, pass) {
      for (const [model, values] of others.entries()) {
        const counts = found[model];
        if (a === undefined || counts === undefined) continue;
        if (pass === 1) counts.at ??= nthFromTop(counts.high, wanted);
        for (let i = 0; i < values.length; i++) {
          one[0] = (values[i] ?? 0) - (a[i] ?? 0);
          const size = (bits[0] ?? 0) & 0x7fff_ffff;
          const bin = size >>> 16;
          if (pass === 0) counts.high[bin] = (counts.high[bin] ?? 0) + 1;
          else if (bin === counts.at?.bin) counts.low[size & 0xffff] = (counts.low[size & 0xffff] ?? 0) + 1;
        }
      }
    },
    result: () =>
      Float64Array.from(found, ({ low, at }) => {
        if (wanted === 0 || at === undefined) return Number.POSITIVE_INFINITY;
        bits[0] = at.bin * LOW + nthFromTop(low, at.left).bin;
        return one[0] ?? 0;
      }),
  };
}

function nthFromTop(counts: Uint32Array, wanted: number): { bin: number; left: number } {
  let left = wanted;
  for (let bin = counts.length - 1; bin >= 0; bin--) {
    const here = counts[bin] ?? 0;
    if (here >= left) return { bin, left };
    left -= here;
  }
  return { bin: 0, left };
}
