import { createUniform } from '../../shared/random.ts';

/**
 * Seeded random numbers. A generator is made from a list of words (seed, ask number, attempt), so the numbers of
 * ask k do not depend on how many were drawn before it: a replayed journal continues identically.
 */
export interface Rng {
  /** In [0, 1), 53 bits. */
  uniform(): number;
  /** 0 … below − 1, each equally likely. */
  integer(below: number): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
  /** 0 … length − 1 in random order. */
  permutation(length: number): number[];
}

/** The same words give the same numbers. */
export function createRng(...words: readonly number[]): Rng {
  const uniform = createUniform(...words);
  const integer = (below: number): number => Math.floor(uniform() * below);
  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation: (length) => {
      const order = Array.from({ length }, (_, i) => i);
      for (let i = length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [order[i], order[j]] = [order[j] as number, order[i] as number];
      }
      return order;
    },
  };
}
