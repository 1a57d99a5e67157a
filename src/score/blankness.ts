/** Is there anything to see? Reward models and networks give a black image, the sign of a computation that failed, a score like any other. */
import type { Pixels } from '../types.ts';
import { toGrey } from './measures/grey.ts';
import { lumaHistogram, lumaMoments } from './measures/luma-histogram.ts';

/** As for `quality`: of 255, and a share of all pixels. */
const SMALLEST_DEVIATION = 2;
const LARGEST_SHARE = 0.98;

/** Why an image shows nothing: one tone, or nearly so; undefined for ordinary ones. Looked at once for all scorers. */
export function blankness(pixels: Pixels): string | undefined {
  const known = seen.get(pixels.data);
  if (known !== undefined) return known.reason;
  const reason = look(pixels);
  seen.set(pixels.data, { reason });
  return reason;
}

/** Pixels never change, so that what was found once stays true. */
const seen = new WeakMap<Uint8Array, { readonly reason: string | undefined }>();

function look(pixels: Pixels): string | undefined {
  const histogram = lumaHistogram(toGrey(pixels));
  const { mean, deviation } = lumaMoments(histogram);
  if (deviation < SMALLEST_DEVIATION) {
    return `it is a single flat tone (luma ${mean.toFixed(0)}, deviation ${deviation.toFixed(2)} of 255)`;
  }
  const share = Math.max(...histogram) / (pixels.width * pixels.height);
  return share > LARGEST_SHARE ? `${(100 * share).toFixed(1)} % of its pixels have the same luma` : undefined;
}
