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

/**
 * Chris Doty-Humphrey's sfc32 (PractRand), its three words of state filled from the given integers by the
 * finaliser of MurmurHash3. Any safe integer is a good word: near seeds give unrelated streams.
 */
export function createRng(...words: readonly number[]): Rng {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  for (const word of words) {
    a = scramble(a ^ word);
    b = scramble(b ^ Math.floor(word / 2 ** 32) ^ a);
    c = scramble(c ^ b);
  }
  let counter = 1;

  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  for (let i = 0; i < 12; i++) next();

  const uniform = (): number => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
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

function scramble(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
