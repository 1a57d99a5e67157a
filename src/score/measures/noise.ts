import type { Grey } from './grey.ts';

/**
 * Standard deviation of white noise in grey levels, over the inner pixels (Immerkær, CVIU 64(2), 1996). Fine texture
 * counts as noise too.
 * @throws RangeError below 3 × 3 pixels
 */
export function noise(grey: Grey): number {
  const { width, height, data } = grey;
  if (width < 3 || height < 3) throw new RangeError(`Noise needs 3 × 3 pixels, not ${width} × ${height}.`);
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    const row = y * width;
    // [1 -2 1; -2 4 -2; 1 -2 1] is the second difference of the columns' second differences: one new column a step.
    let left = columnDifference(data, row, width);
    let centre = columnDifference(data, row + 1, width);
    for (let i = row + 2; i < row + width; i++) {
      const right = columnDifference(data, i, width);
      sum += Math.abs(left - 2 * centre + right);
      left = centre;
      centre = right;
    }
  }
  return (Math.sqrt(Math.PI / 2) * sum) / (6 * (width - 2) * (height - 2));
}

function columnDifference(data: Uint8Array, i: number, width: number): number {
  return (data[i - width] ?? 0) - 2 * (data[i] ?? 0) + (data[i + width] ?? 0);
}
