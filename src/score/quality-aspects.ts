import { bandValue } from './band.ts';
import type { Band } from './band.ts';
import type { Measures } from './measures/measure-image.ts';
import { crispnessOf, detailOf, grainOf } from './measures/sharpness.ts';

/** One thing that can be wrong with an image: what is looked at, what is normal, and how much it counts. */
interface Aspect {
  readonly of: (measures: Measures) => number;
  readonly band: Band;
  /** Exponent of the band's value in the product. */
  readonly weight: number;
}

/**
 * The bands were set on nine photographs at 256, 512 and 768 pixels and on blurred, noisy, sharpened, washed-out, clipped and
 * oversaturated versions of them, and on drawings of flat colours. Most ends lie at or past what an image can reach, so
 * that bad images still have a slope. What noise alone would improve is not judged, or is measured without it: the
 * entropy of a drawing doubles with a little grain.
 */
const ASPECTS: Readonly<Record<string, Aspect>> = {
  crispness: {
    of: (measures) => crispnessOf(measures),
    band: { low: 0.03, lowEnd: 0.0005, high: 0.25, highEnd: 1, scale: 'log' },
    weight: 0.75,
  },
  coarseCrispness: {
    of: (measures) => crispnessOf(measures.half),
    band: { low: 0.03, lowEnd: 0.0005, scale: 'log' },
    weight: 0.75,
  },
  detail: {
    of: (measures) => detailOf(measures),
    band: { high: 3500, highEnd: 60_000, scale: 'log' },
    weight: 1,
  },
  quietNoise: {
    of: (measures) => measures.quietNoise,
    band: { high: 2, highEnd: 30, scale: 'log' },
    weight: 1,
  },
  grain: {
    of: (measures) => grainOf(measures),
    band: { high: 0.35, highEnd: 1.05, scale: 'linear' },
    weight: 1,
  },
  lumaRange: {
    of: (measures) => measures.lumaRange,
    band: { low: 0.62, lowEnd: 0, scale: 'linear' },
    weight: 1,
  },
  contrast: {
    of: (measures) => measures.contrast,
    band: { low: 0.12, lowEnd: 0, high: 0.32, highEnd: 0.5, scale: 'linear' },
    weight: 0.5,
  },
  clippedAreas: {
    of: (measures) => measures.clippedAreas,
    band: { high: 0.25, highEnd: 1.25, scale: 'linear' },
    weight: 1,
  },
  brightness: {
    of: (measures) => measures.brightness,
    band: { low: 0.22, lowEnd: 0, high: 0.8, highEnd: 1, scale: 'linear' },
    weight: 0.5,
  },
  colourfulness: {
    of: (measures) => measures.colourfulness,
    band: { low: 25, lowEnd: -10, high: 90, highEnd: 200, scale: 'linear' },
    weight: 1,
  },
  saturation: {
    of: (measures) => measures.saturation,
    band: { high: 0.8, highEnd: 1.1, scale: 'linear' },
    weight: 0.5,
  },
};

/** The least that {@link combineAspects} returns: above 0, so that geometric and harmonic tallies accept it, reversed or not. */
export const LOWEST_QUALITY = 0.01;

/** Product of all band values, each to its weight, laid on LOWEST_QUALITY..1: 1 when all is normal. */
export function combineAspects(measures: Measures): number {
  let product = 1;
  for (const { of, band, weight } of Object.values(ASPECTS))
    product *= bandValue(band, of(measures)) ** weight;
  return LOWEST_QUALITY + (1 - LOWEST_QUALITY) * product;
}

/** The band value of each aspect by name: what the image lost its score by. */
export function aspectValues(measures: Measures): Record<string, number> {
  return Object.fromEntries(
    Object.entries(ASPECTS).map(([name, { of, band }]) => [name, bandValue(band, of(measures))]),
  );
}
