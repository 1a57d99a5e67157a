/** The filters of Pillow's resampler and their weights per output position, antialiased when shrinking. */

export type Filter = 'bilinear' | 'bicubic' | 'lanczos';

/** The inputs that one output position is made of: `count` of them from `first` on, weighted by `weights[offset…]`. */
export interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Weights of position i begin at `i * stride`; they sum to 1. */
  readonly weights: Float64Array;
  readonly stride: number;
}

const KERNELS: Readonly<Record<Filter, { readonly support: number; readonly at: (x: number) => number }>> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, at: cubic },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** From `from` positions to `to`, both at least 1. */
export function tapsOf(filter: Filter, from: number, to: number): Taps {
  const { support: radius, at } = KERNELS[filter];
  const scale = from / to;
  // Enlarging keeps the kernel's own width, shrinking widens it over all inputs that fall into one output.
  const widening = Math.max(1, scale);
  const support = radius * widening;
  const stride = 2 * Math.ceil(support) + 1;
  const taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float64Array(to * stride),
    stride,
  };
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - first;
    taps.first[i] = first;
    taps.count[i] = count;
    const weights = taps.weights.subarray(i * stride, i * stride + count);
    const factor = 1 / widening;
    for (let k = 0; k < count; k++) weights[k] = at((k + first - centre + 0.5) * factor);
    normalise(weights);
  }
  return taps;
}

function normalise(weights: Float64Array): void {
  let sum = 0;
  for (const weight of weights) sum += weight;
  if (sum === 0) return;
  const factor = 1 / sum;
  for (let k = 0; k < weights.length; k++) weights[k] = (weights[k] ?? 0) * factor;
}

/** Keys' cubic with a = -1/2. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * -0.5;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
