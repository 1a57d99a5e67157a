import type { Grey } from './grey.ts';

/** How many pixels have each of the 256 luma values. Contrast, exposure and entropy need no more than this. */
export function lumaHistogram(grey: Grey): Uint32Array {
  const counts = new Uint32Array(256);
  for (const value of grey.data) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** Mean and population standard deviation of the luma, 0..255; both exact up to the last division and root. */
export function lumaMoments(histogram: Uint32Array): { readonly mean: number; readonly deviation: number } {
  let count = 0;
  let sum = 0;
  for (const [value, n] of histogram.entries()) {
    count += n;
    sum += n * value;
  }
  const mean = sum / count;
  let squares = 0;
  for (const [value, n] of histogram.entries()) squares += n * (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / count) };
}
