import type { Grey } from './grey.ts';

/**
 * Mean squared Sobel gradient of the inner pixels (Krotkov 1988; TENG in Pertuz 2013), grey levels squared per kernel
 * gain of 8: a step of height h one pixel wide gives 32 h² on its two columns. White noise of deviation s adds 24 s².
 * @throws RangeError below 3 × 3 pixels
 */
export function tenengrad(grey: Grey): number {
  const { width, height, data } = grey;
  if (width < 3 || height < 3)
    throw new RangeError(`Tenengrad needs 3 × 3 pixels, not ${width} × ${height}.`);
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    const row = y * width;
    for (let i = row + 1; i < row + width - 1; i++) {
      const northWest = data[i - width - 1] ?? 0;
      const northEast = data[i - width + 1] ?? 0;
      const southWest = data[i + width - 1] ?? 0;
      const southEast = data[i + width + 1] ?? 0;
      const across =
        northEast + southEast - northWest - southWest + 2 * ((data[i + 1] ?? 0) - (data[i - 1] ?? 0));
      const down =
        southWest + southEast - northWest - northEast + 2 * ((data[i + width] ?? 0) - (data[i - width] ?? 0));
      sum += across * across + down * down;
    }
  }
  return sum / ((width - 2) * (height - 2));
}
