/**
 * Luma between the 1st and the 99th percentile, 0..1: what a washed-out image loses whatever its subject, while
 * the standard deviation also depends on how much of the image is dark.
 */
export function lumaRange(histogram: Uint32Array): number {
  let count = 0;
  for (const n of histogram) count += n;
  return (percentile(histogram, 0.99 * count) - percentile(histogram, 0.01 * count)) / 255;
}

/** The smallest value at which at least `rank` pixels are reached. */
function percentile(histogram: Uint32Array, rank: number): number {
  let reached = 0;
  for (const [value, n] of histogram.entries()) {
    reached += n;
    if (reached >= rank) return value;
  }
  return histogram.length - 1;
}
