import type { Pixels } from '../../../types.ts';

/** All pictures on one sheet, as square as it gets, filled row by row; empty places are black. */
export function pictureGrid(pictures: readonly Pixels[]): Pixels {
  const { width = 0, height = 0 } = pictures[0] ?? {};
  const rows = Math.max(1, Math.round(Math.sqrt(pictures.length)));
  const columns = Math.ceil(pictures.length / rows);
  const data = new Uint8Array(3 * width * height * rows * columns);
  const stride = 3 * width * columns;
  for (const [i, picture] of pictures.entries()) {
    const left = 3 * width * (i % columns);
    const top = height * Math.floor(i / columns);
    for (let y = 0; y < height; y++) {
      data.set(picture.data.subarray(3 * width * y, 3 * width * (y + 1)), (top + y) * stride + left);
    }
  }
  return { width: width * columns, height: height * rows, data };
}
