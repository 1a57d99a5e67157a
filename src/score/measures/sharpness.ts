import type { Grey } from './grey.ts';
import { laplacianVariance } from './laplacian-variance.ts';
import { noise } from './noise.ts';
import { tenengrad } from './tenengrad.ts';

/** The three measures of fine structure at one resolution, in the units of their files. */
export interface Sharpness {
  readonly laplacianVariance: number;
  readonly tenengrad: number;
  readonly noise: number;
}

/** Gain of white noise of deviation 1: sum of the squared kernel weights. */
const LAPLACIAN_GAIN = 20;
const SOBEL_GAIN = 24;

/** Rounding to 8 bits must not count as grain in a smooth image. */
const ROUNDING_ALLOWANCE = 20;

export function measureSharpness(grey: Grey): Sharpness {
  return { laplacianVariance: laplacianVariance(grey), tenengrad: tenengrad(grey), noise: noise(grey) };
}

/**
 * Laplacian variance less the part that white noise of the measured amplitude has in it, at least 0: fine structure that is no
 * grain. Otherwise grain could buy back what blur has lost.
 */
export function detailOf(sharpness: Sharpness): number {
  return Math.max(0, sharpness.laplacianVariance - LAPLACIAN_GAIN * sharpness.noise ** 2);
}

/**
 * How much of all gradients is fine: detail by Tenengrad, both without noise. Independent of contrast. A hard edge has
 * 1/16, an edge over two pixels 1/48, a line one pixel wide 3/16.
 */
export function crispnessOf(sharpness: Sharpness): number {
  return detailOf(sharpness) / Math.max(1, sharpness.tenengrad - SOBEL_GAIN * sharpness.noise ** 2);
}

/** Share of white noise in the Laplacian variance: 0 smooth or full of structure, about 1 nothing but grain. */
export function grainOf(sharpness: Sharpness): number {
  return (LAPLACIAN_GAIN * sharpness.noise ** 2) / (sharpness.laplacianVariance + ROUNDING_ALLOWANCE);
}
