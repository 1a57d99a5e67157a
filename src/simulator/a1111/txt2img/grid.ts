import type { Pixels } from '../../../types.ts';

/** All images on one sheet, as square as it gets, filled row by row; empty places are black. */
export function imageGrid(images: readonly Pixels[]): Pixels {
  const { width = 0, height = 0 } = images[0] ?? {};
  const rows = Math.max(1, Math.round(Math.sqrt(images.length)));
  const columns = Math.ceil(images.length / rows);
  const data = new Uint8Array(3 * width * height * rows * columns);
  const stride = 3 * width * columns;
  for (const [i, image] of images.entries()) {
    const left = 3 * width * (i % columns);
    const top = height * Math.floor(i / columns);
    for (let y = 0; y < height; y++) {
      data.set(image.data.subarray(3 * width * y, 3 * width * (y + 1)), (top + y) * stride + left);
    }
  }
  return { width: width * columns, height: height * rows, data };
}
