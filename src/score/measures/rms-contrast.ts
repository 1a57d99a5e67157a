import { lumaMoments } from './luma-histogram.ts';

/** RMS contrast: standard deviation of the luma, 0..0.5 (Peli, J. Opt. Soc. Am. A 7(10), 1990). */
export function rmsContrast(histogram: Uint32Array): number {
  return lumaMoments(histogram).deviation / 255;
}
