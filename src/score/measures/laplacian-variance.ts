import type { Grey } from './grey.ts';

/**
 * Population variance of the luma under [0 1 0; 1 -4 1; 0 1 0] with borders mirrored about the edge pixel (OpenCV's
 * reflect-101): about 100 and below for blurred images (Pech-Pacheco 2000; LAPV in Pertuz 2013). White noise of
 * deviation s adds 20 s².
 */
export function laplacianVariance(grey: Grey): number {
  const { width, height, data } = grey;
  let sum = 0;
  let squares = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const above = mirror(y - 1, height) * width;
    const below = mirror(y + 1, height) * width;
    for (let x = 0; x < width; x++) {
      // Only the two end columns need mirroring; the branch is cheaper than a padded copy.
      const left = x === 0 ? mirror(-1, width) : x - 1;
      const right = x === width - 1 ? mirror(width, width) : x + 1;
      const value =
        (data[above + x] ?? 0) +
        (data[below + x] ?? 0) +
        (data[row + left] ?? 0) +
        (data[row + right] ?? 0) -
        4 * (data[row + x] ?? 0);
      sum += value;
      squares += value * value;
    }
  }
  const count = width * height;
  return squares / count - (sum / count) ** 2;
}

/** Index under reflect-101, for at most one step outside; a single row or column mirrors onto itself. */
function mirror(index: number, length: number): number {
  if (length === 1) return 0;
  if (index < 0) return -index;
  return index < length ? index : 2 * length - 2 - index;
}
