/** Seeded random numbers for drawing; the generator is that of the optimizers (sfc32), the seed any safe integer. */
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
  const next = createSfc32(words);
  const uniform = (): number => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
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

/** Chris Doty-Humphrey's sfc32 (PractRand), its state filled from the words by the finaliser of MurmurHash3. */
function createSfc32(words: readonly number[]): () => number {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  for (const word of words) {
    a = scramble(a ^ word);
    b = scramble(b ^ Math.floor(word / 2 ** 32) ^ a);
    c = scramble(c ^ b);
  }
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

function scramble(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
