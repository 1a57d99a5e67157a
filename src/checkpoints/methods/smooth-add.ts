import type { MergeMethod } from './method.ts';
import { numberOf, WEIGHT, weightParameter } from './parameter.ts';
import { HALO, lengthOfRow, smooth } from './parts/smoothing.ts';

/**
 * `A + w S(B - C)`, where S takes the median of every element and its neighbours (3 in each dimension) and then a Gaussian blur (sigma 1, cut off
 * after 4): single large differences go, broad ones stay. Differences and every step of S are rounded to float32. Slow: neighbours lie in all
 * dimensions, 81 in a convolution. Source: smoothAdd of supermerger.
 */
export const smoothAdd: MergeMethod = {
  name: 'smooth-add',
  description: 'A + w times the difference B - C after a median and a Gaussian filter',
  source: 'supermerger (smoothAdd)',
  models: { least: 3, most: 3 },
  parameters: [weightParameter('how much of the smoothed difference is added', 1)],
  isAAtZero: true,
  isBAtOne: false,
  hidesNonFinite: true,
  rows: { halo: HALO },
  coefficients: (values) => [numberOf(values, WEIGHT)],
  combine([a, b, c], [w = 0], out, { tensor, first, before }) {
    if (a === undefined || b === undefined || c === undefined || out.length === 0) return;
    const { shape } = tensor;
    const length = lengthOfRow(shape);
    const [from, to] = [first / length, (first + out.length) / length];
    const values = new Float32Array(b.length);
    for (let i = 0; i < b.length; i++) values[i] = (b[i] ?? 0) - (c[i] ?? 0);
    const start = from - before / length;
    const smoothed = smooth({ shape, from: start, to: start + b.length / length, values }, from, to);
    for (let i = 0; i < out.length; i++) out[i] = (a[before + i] ?? 0) + w * (smoothed[i] ?? 0);
  },
};
