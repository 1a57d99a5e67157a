import type { Plane } from './plane.ts';

const RADIUS = 3;
const SIGMA = 7 / 6;

/** The half of a 7-tap Gaussian, centre first; all seven sum to 1. By name: taking a list apart for each pixel is slow. */
const [W0, W1, W2, W3] = gaussian();

/**
 * Mean-subtracted, contrast-normalised values (Mittal, Moorthy, Bovik, TIP 21(12), 2012): (Y − μ) / (σ + 1) with μ and σ under a
 * Gaussian of 7 × 7 and deviation 7/6, the edge pixels repeated outwards. Exactly 0 where all 49 pixels are alike: μ and the
 * mean square are rounded to single precision, which takes the rounding of the sums away.
 */
export function normaliseContrast({ width, height, data }: Plane): Plane {
  const squares = data.map((value) => value * value);
  const normalised = new Float32Array(data.length);
  const rowMeans = paddedRow(width);
  const rowSquares = paddedRow(width);
  for (let y = 0; y < height; y++) {
    blurDown(data, width, height, y, rowMeans);
    blurDown(squares, width, height, y, rowSquares);
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const mean = Math.fround(blurAcross(rowMeans, x));
      const meanSquare = Math.fround(blurAcross(rowSquares, x));
      const deviation = Math.sqrt(Math.abs(meanSquare - Math.fround(mean * mean)));
      normalised[i] = ((data[i] ?? 0) - mean) / (deviation + 1);
    }
  }
  return { width, height, data: normalised };
}

function gaussian(): readonly [number, number, number, number] {
  const weight = (distance: number): number => Math.exp(-(distance ** 2) / (2 * SIGMA ** 2));
  const sum = 1 + 2 * (weight(1) + weight(2) + weight(3));
  return [1 / sum, weight(1) / sum, weight(2) / sum, weight(3) / sum];
}

function paddedRow(width: number): Float64Array {
  return new Float64Array(width + 2 * RADIUS);
}

/** Row `y` of the plane blurred in the vertical, with its ends repeated. */
function blurDown(data: Float32Array, width: number, height: number, y: number, out: Float64Array): void {
  const above = (distance: number): number => Math.max(0, y - distance) * width;
  const below = (distance: number): number => Math.min(height - 1, y + distance) * width;
  const centre = y * width;
  const [a1, a2, a3] = [above(1), above(2), above(3)];
  const [b1, b2, b3] = [below(1), below(2), below(3)];
  for (let x = 0; x < width; x++) {
    out[x + RADIUS] =
      W0 * (data[centre + x] ?? 0) +
      W1 * ((data[a1 + x] ?? 0) + (data[b1 + x] ?? 0)) +
      W2 * ((data[a2 + x] ?? 0) + (data[b2 + x] ?? 0)) +
      W3 * ((data[a3 + x] ?? 0) + (data[b3 + x] ?? 0));
  }
  out.fill(out[RADIUS] ?? 0, 0, RADIUS);
  out.fill(out[width + RADIUS - 1] ?? 0, width + RADIUS);
}

function blurAcross(row: Float64Array, x: number): number {
  return (
    W0 * (row[x + 3] ?? 0) +
    W1 * ((row[x + 2] ?? 0) + (row[x + 4] ?? 0)) +
    W2 * ((row[x + 1] ?? 0) + (row[x + 5] ?? 0)) +
    W3 * ((row[x] ?? 0) + (row[x + 6] ?? 0))
  );
}
