import type { Pixels } from '../../types.ts';

const RECIPROCALS = Float64Array.from({ length: 256 }, (_, value) => (value === 0 ? 0 : 1 / value));

/** Mean HSV saturation, (max − min) / max of the channels, 0 for black; 0..1. */
export function saturation(pixels: Pixels): number {
  const { data } = pixels;
  const count = pixels.width * pixels.height;
  let sum = 0;
  for (let j = 0; j < 3 * count; j += 3) {
    const red = data[j] ?? 0;
    const green = data[j + 1] ?? 0;
    const blue = data[j + 2] ?? 0;
    const most = Math.max(red, green, blue);
    sum += (most - Math.min(red, green, blue)) * (RECIPROCALS[most] ?? 0);
  }
  return sum / count;
}
