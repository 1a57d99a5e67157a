const CRUSHED = 2;
const BLOWN = 253;

/**
 * Clipped shares of the image, 0..1 each: luma of at most 2 (crushed) and of at least 253 (blown), each end moved inwards
 * by `tolerance` grey levels.
 */
export function exposure(
  histogram: Uint32Array,
  tolerance = 0,
): { readonly crushed: number; readonly blown: number } {
  let crushed = 0;
  let blown = 0;
  let count = 0;
  for (const [value, n] of histogram.entries()) {
    count += n;
    if (value <= CRUSHED + tolerance) crushed += n;
    if (value >= BLOWN - tolerance) blown += n;
  }
  return { crushed: crushed / count, blown: blown / count };
}
