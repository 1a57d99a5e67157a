import type { Pixels } from '../../types.ts';

/** A network gives every picture a number; these are none. */
const SMALLEST_SIDE = 16;
const SMALLEST_DEVIATION = 2;
const LARGEST_SHARE = 0.98;

/** Why a picture is not worth a network's opinion: too small, of one tone, or nearly so; undefined for ordinary ones. */
export function flatnessOf({ width, height, data }: Pixels): string | undefined {
  if (Math.min(width, height) < SMALLEST_SIDE) {
    return `it has ${width} × ${height} pixels, fewer than ${SMALLEST_SIDE} a side`;
  }
  const counts = new Uint32Array(256);
  for (let j = 0; j + 2 < data.length; j += 3) {
    // Whole-number luma: the deviation of a flat picture is 0 exactly.
    const luma = (299 * (data[j] ?? 0) + 587 * (data[j + 1] ?? 0) + 114 * (data[j + 2] ?? 0)) / 1000;
    const level = Math.round(luma);
    counts[level] = (counts[level] ?? 0) + 1;
  }
  const total = width * height;
  const mean = counts.reduce((sum, count, level) => sum + count * level, 0) / total;
  const variance = counts.reduce((sum, count, level) => sum + count * (level - mean) ** 2, 0) / total;
  if (Math.sqrt(variance) < SMALLEST_DEVIATION) {
    return `it is one flat tone (luma ${mean.toFixed(0)}, deviation ${Math.sqrt(variance).toFixed(2)} of 255)`;
  }
  const share = Math.max(...counts) / total;
  return share > LARGEST_SHARE ? `${(100 * share).toFixed(1)} % of it is one and the same luma` : undefined;
}
