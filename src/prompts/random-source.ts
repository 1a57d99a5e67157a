import { createUniform } from '../shared/random.ts';

/** Seeded random numbers for drawing; the seed is any safe integer. */
export interface RandomSource {
  /** In [0, 1), 53 bits. */
  uniform(): number;
  /** low … high, each equally likely. */
  between(low: number, high: number): number;
  /** Position in a list of weights (0 or more), each as likely as its weight; undefined when all are 0. */
  weighted(weights: readonly number[]): number | undefined;
}

/** The same words give the same numbers on every platform; near seeds give unrelated streams. */
export function createRandomSource(...words: readonly number[]): RandomSource {
  const uniform = createUniform(...words);
  return {
    uniform,
    between: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
    weighted: (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      if (!(total > 0)) return undefined;
      let rest = uniform() * total;
      let last: number | undefined;
      for (const [i, weight] of weights.entries()) {
        if (weight <= 0) continue;
        last = i;
        rest -= weight;
        if (rest < 0) return i;
      }
      return last;
    },
  };
}
