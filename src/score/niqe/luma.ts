import type { Plane } from '../scene-statistics/plane.ts';
import type { Pixels } from '../../types.ts';

/**
 * Rounded BT.601 luma in studio range, 16..235, halves up: MATLAB's rgb2ycbcr for 8-bit images. Only the top left `width` ×
 * `height` pixels.
 */
export function studioLuma(pixels: Pixels, width: number, height: number): Plane {
  const data = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, j = 3 * y * pixels.width; x < width; x++, i++, j += 3) {
      const red = pixels.data[j] ?? 0;
      const green = pixels.data[j + 1] ?? 0;
      const blue = pixels.data[j + 2] ?? 0;
      data[i] = 16 + Math.floor((65_481 * red + 128_553 * green + 24_966 * blue + 127_500) / 255_000);
    }
  }
  return { width, height, data };
}
