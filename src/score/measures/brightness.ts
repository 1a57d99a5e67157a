import { lumaMoments } from './luma-histogram.ts';

/** Mean luma, 0 (black) to 1 (white). */
export function brightness(histogram: Uint32Array): number {
  return lumaMoments(histogram).mean / 255;
}
