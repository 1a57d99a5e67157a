import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { Grid } from '../ask-tell/grid.ts';
import { createRng, type Rng } from '../math/rng.ts';
import type { Proposer, ProposerContext } from '../ask-tell/proposer.ts';

/** Values of a continuous dimension, as published. */
const RESOLUTION = 100;

const options = z.strictObject({
  step_size: z.int().min(1).default(1).describe('visits every n-th point first, then those in between'),
  direction: z
    .enum(['diagonal', 'orthogonal'])
    .default('diagonal')
    .describe('diagonal: long strides across all dimensions; orthogonal: one dimension after the other'),
});

export const gridSearch = defineOptimizer({
  name: 'grid-search',
  pythonClass: 'GridSearchOptimizer',
  version: 1,
  title: 'Grid search',
  sentence:
    'Visits every grid point exactly once, regardless of the scores; only small spaces can be finished.',
  source:
    'Korobov 1959 (lattice with one generator); Gradient-Free-Optimizers 1.13, GridSearchOptimizer, with a stride of the golden section so that the first points already fill the space.',
  options,
  createProposer: createGridSearch,
});

function createGridSearch(settings: z.output<typeof options>, { grid, seed }: ProposerContext): Proposer {
  const sizes = sizesOf(grid);
  const length = product(sizes);
  const visit = gridWalk(sizes, settings, randomBelow(length, createRng(seed, 0)));
  let counter = 0n;
  return {
    propose({ history }) {
      for (let skipped = 0; skipped < 100_000; skipped++) {
        const digits = visit(counter % length);
        counter++;
        const point = digits.map((digit, d) => digit / Math.max(1, (sizes[d] as number) - 1));
        if (counter > length || !history.isTaken(grid.snap(point))) return point;
      }
      return grid.intervals.map(() => 0);
    },
  };
}

function sizesOf({ intervals }: Grid): number[] {
  return intervals.map((steps) => (steps === 0 ? RESOLUTION : steps + 1));
}

/**
 * The order of a grid as indices of each dimension: position 0, 1, … below the number of points, each point once,
 * counted from the point number `start`.
 * Exact in 27 dimensions: positions are counted in whole numbers of any length.
 */
export function gridWalk(
  sizes: readonly number[],
  { step_size, direction }: z.output<typeof options>,
  start = 0n,
): (position: bigint) => number[] {
  const length = product(sizes);
  const stride = direction === 'diagonal' ? goldenStride(length) : 1n;
  return (position) => {
    let pointer = (start + spread(position, BigInt(step_size), length) * stride) % length;
    const digits = sizes.map(() => 0);
    // Diagonal: the first dimension counts most. Orthogonal: the first dimension runs fastest.
    const order = direction === 'diagonal' ? [...sizes.keys()].toReversed() : [...sizes.keys()];
    for (const d of order) {
      const size = BigInt(sizes[d] as number);
      digits[d] = Number(pointer % size);
      pointer /= size;
    }
    return digits;
  };
}

function product(sizes: readonly number[]): bigint {
  return sizes.reduce((total, size) => total * BigInt(size), 1n);
}

/** Uniform but for a share of 2^−64. */
function randomBelow(length: bigint, random: Rng): bigint {
  let value = 0n;
  for (let bits = 0; bits < length.toString(2).length + 64; bits += 32) {
    value = (value << 32n) + BigInt(random.integer(2 ** 32));
  }
  return value % length;
}

/** 0, s, 2s, … then 1, 1 + s, …: each number below `length` once. */
function spread(position: bigint, step: bigint, length: bigint): bigint {
  if (step >= length) return position;
  const longRounds = length % step;
  const longLength = length / step + 1n;
  if (position < longRounds * longLength) return position / longLength + (position % longLength) * step;
  const rest = position - longRounds * longLength;
  return longRounds + rest / (longLength - 1n) + (rest % (longLength - 1n)) * step;
}

/** The number nearest below `length` times 0.618… that shares no divisor with it: its multiples visit every point. */
export function goldenStride(length: bigint): bigint {
  // (√5 − 1) / 2 to 10 digits more than the length has.
  const digits = 10n ** BigInt(length.toString().length + 10);
  const golden = (squareRoot(5n * digits * digits) - digits) / 2n;
  let stride = (length * golden) / digits;
  while (stride > 1n && greatestCommonDivisor(stride, length) !== 1n) stride--;
  return stride < 1n ? 1n : stride;
}

/** Newton's method in whole numbers: the largest root whose square is not above `n`. */
function squareRoot(n: bigint): bigint {
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
