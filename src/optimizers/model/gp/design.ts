import type { Rng } from '../../math/rng.ts';

/**
 * Points to begin with: balanced corners of the cube, any two of them half the coordinates apart.
 * Corners show slopes best, and half of each row's coordinates are high, half low, so that no start is an extreme mix.
 * The rows of Sylvester's Hadamard matrix of the next power of two above `size`, its all-equal column left out,
 * columns, rows and signs in random order.
 * @param count at most the order of the matrix
 */
export function balancedCorners(size: number, count: number, random: Rng): number[][] {
  const order = 2 ** Math.ceil(Math.log2(size + 1));
  const columns = random.permutation(order - 1).map((column) => column + 1);
  const signs = Array.from({ length: size }, () => random.integer(2));
  return random
    .permutation(order)
    .slice(0, count)
    .map((row) => signs.map((sign, d) => parity(row & (columns[d] as number)) ^ sign));
}

/** 1 when an odd number of bits is set. */
function parity(word: number): number {
  let bits = word;
  let odd = 0;
  while (bits !== 0) {
    bits &= bits - 1;
    odd ^= 1;
  }
  return odd;
}

/**
 * Points inside the cube, a Latin hypercube (McKay, Beckman & Conover 1979): each coordinate is once in every one of `count`
 * equal stretches. They show how a score bends between the ends, which no corner does.
 */
export function latinPoints(size: number, count: number, random: Rng, edges = false): number[][] {
  const columns = Array.from({ length: size }, () =>
    random.permutation(count).map((stretch) => edges ? stretch / (count - 1) : (stretch + random.uniform()) / count),
  );
  return Array.from({ length: count }, (_, i) => columns.map((column) => column[i] as number));
}
