import type { Pixels } from '../../types.ts';
import { blankness } from '../blankness.ts';

const SMALLEST_SIDE = 16;

/** Why an image is not worth a network's opinion: too small, of one tone, or nearly so; undefined for ordinary ones. */
export function flatnessOf(pixels: Pixels): string | undefined {
  const { width, height } = pixels;
  if (Math.min(width, height) < SMALLEST_SIDE) {
    return `it has ${width} × ${height} pixels, fewer than ${SMALLEST_SIDE} a side`;
  }
  return blankness(pixels);
}
