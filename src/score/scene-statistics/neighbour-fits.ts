import type { AsymmetricFit, AsymmetricGaussian, Moments } from './asymmetric-fit.ts';
import type { Plane } from './plane.ts';

/** Five fits: of the values themselves, then of their products with the right, lower and both diagonal neighbours. */
export type NeighbourFits = readonly [
  AsymmetricGaussian,
  AsymmetricGaussian,
  AsymmetricGaussian,
  AsymmetricGaussian,
  AsymmetricGaussian,
];

/** A rectangle with a rim of one pixel around it, which stands for the neighbours of its edge pixels. */
export interface Rimmed {
  readonly width: number;
  readonly height: number;
  /** (width + 2) × (height + 2) values. */
  readonly data: Float32Array;
}

/** `wrapped`: the neighbour of an edge pixel is at the opposite edge (NIQE); `zero`: it has none, the product is 0 (BRISQUE). */
export type Rim = 'wrapped' | 'zero';

export function rimmed(
  plane: Plane,
  left: number,
  top: number,
  width: number,
  height: number,
  rim: Rim,
): Rimmed {
  const stride = width + 2;
  const data = new Float32Array(stride * (height + 2));
  for (let y = 0; y < height; y++) {
    const from = (top + y) * plane.width + left;
    data.set(plane.data.subarray(from, from + width), (y + 1) * stride + 1);
  }
  if (rim === 'wrapped') wrap(data, width, height);
  return { width, height, data };
}

export function fitNeighbours(block: Rimmed, fit: AsymmetricFit): NeighbourFits {
  const stride = block.width + 2;
  return [
    fit(momentsOf(block)),
    fit(momentsOf(block, 1)),
    fit(momentsOf(block, stride)),
    fit(momentsOf(block, stride + 1)),
    fit(momentsOf(block, stride - 1)),
  ];
}

function wrap(data: Float32Array, width: number, height: number): void {
  const stride = width + 2;
  for (let y = 1; y <= height; y++) {
    data[y * stride] = data[y * stride + width] ?? 0;
    data[y * stride + width + 1] = data[y * stride + 1] ?? 0;
  }
  data.copyWithin(0, height * stride, (height + 1) * stride);
  data.copyWithin((height + 1) * stride, stride, 2 * stride);
}

/** Of the values times those `offset` further on; without an offset of the values alone. */
function momentsOf({ width, height, data }: Rimmed, offset?: number): Moments {
  const stride = width + 2;
  const count = width * height;
  let absoluteSum = 0;
  let squares = 0;
  let signedSquares = 0;
  let negativeCount = 0;
  let zeroCount = 0;
  for (let y = 1; y <= height; y++) {
    const end = (y + 1) * stride - 1;
    for (let i = y * stride + 1; i < end; i++) {
      const own = data[i] ?? 0;
      const value = offset === undefined ? own : own * (data[i + offset] ?? 0);
      const size = Math.abs(value);
      // Sums over both sides and their differences: a branch on the sign of noise is slow.
      absoluteSum += size;
      squares += value * value;
      signedSquares += value * size;
      negativeCount += value < 0 ? 1 : 0;
      zeroCount += value === 0 ? 1 : 0;
    }
  }
  return {
    count,
    absoluteSum,
    negativeCount,
    negativeSquares: Math.max(0, squares - signedSquares) / 2,
    positiveCount: count - negativeCount - zeroCount,
    positiveSquares: Math.max(0, squares + signedSquares) / 2,
  };
}
