import type { Pixels } from '../../types.ts';
import { brightness } from './brightness.ts';
import { colourfulness } from './colourfulness.ts';
import { entropy } from './entropy.ts';
import { exposure } from './exposure.ts';
import { toGrey } from './grey.ts';
import { halve } from './halve.ts';
import { lumaHistogram } from './luma-histogram.ts';
import { lumaRange } from './luma-range.ts';
import { quietNoise } from './quiet-noise.ts';
import { rmsContrast } from './rms-contrast.ts';
import { saturation } from './saturation.ts';
import { measureSharpness } from './sharpness.ts';
import type { Sharpness } from './sharpness.ts';
import { shrinkToLongSide } from './shrink.ts';

/** Most measures depend on the resolution: larger images are shrunk to this long side first. */
const WORKING_SIDE = 768;

/** Colour and clipped areas are measured on a thumbnail: averaging takes out noise, which passes for colour and hides clipping. */
const THUMBNAIL_SIDE = 64;

/** Grey levels that a clipped area may lie inside the ends: averaging rounds, and mixes it with what is next to it. */
const CLIPPED_TOLERANCE = 3;

/** Raw values, in the units of the file of each. */
export interface Measures extends Sharpness {
  /** The same at half the working size, where strong blur still shows. */
  readonly half: Sharpness;
  readonly quietNoise: number;
  readonly contrast: number;
  readonly lumaRange: number;
  readonly brightness: number;
  readonly crushed: number;
  readonly blown: number;
  /** Share of the image, 0..1, that is crushed or blown over whole areas. */
  readonly clippedAreas: number;
  readonly entropy: number;
  readonly colourfulness: number;
  readonly saturation: number;
  /** Share of the commonest luma value, 0..1. */
  readonly commonestShare: number;
}

/**
 * Every measure of an image.
 * @throws RangeError below 16 × 16 pixels
 */
export function measureImage(pixels: Pixels): Measures {
  const working = shrinkToLongSide(pixels, WORKING_SIDE);
  const thumbnail = shrinkToLongSide(working, THUMBNAIL_SIDE);
  const grey = toGrey(working);
  const histogram = lumaHistogram(grey);
  const quiet = quietNoise(grey);
  // Noise in a clipped area can only go one way, which moves its mean inwards.
  const areas = exposure(lumaHistogram(toGrey(thumbnail)), CLIPPED_TOLERANCE + quiet);
  return {
    ...measureSharpness(grey),
    half: measureSharpness(halve(grey)),
    quietNoise: quiet,
    contrast: rmsContrast(histogram),
    lumaRange: lumaRange(histogram),
    brightness: brightness(histogram),
    ...exposure(histogram),
    clippedAreas: areas.crushed + areas.blown,
    entropy: entropy(histogram),
    colourfulness: colourfulness(thumbnail),
    saturation: saturation(thumbnail),
    commonestShare: Math.max(...histogram) / grey.data.length,
  };
}
