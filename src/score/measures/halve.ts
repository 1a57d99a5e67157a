import type { Grey } from './grey.ts';

/** Half the size, each new pixel the rounded mean of 2 × 2; an odd last row or column is left out. */
export function halve(grey: Grey): Grey {
  const width = grey.width >> 1;
  const height = grey.height >> 1;
  const data = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    let from = 2 * y * grey.width;
    for (let x = 0; x < width; x++, to++, from += 2) {
      const above = (grey.data[from] ?? 0) + (grey.data[from + 1] ?? 0);
      const below = (grey.data[from + grey.width] ?? 0) + (grey.data[from + grey.width + 1] ?? 0);
      data[to] = (above + below + 2) >> 2;
    }
  }
  return { width, height, data };
}
