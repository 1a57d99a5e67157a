/**
 * Seeded random numbers, the same on every platform: Chris Doty-Humphrey's sfc32 (PractRand), its three words of state
 * filled from the given integers by the finaliser of MurmurHash3. Any safe integer is a good word: near seeds give
 * unrelated streams.
 * @returns draws from [0, 1) with 53 bits
 */
export function createUniform(...words: readonly number[]): () => number {
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
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

/** The finaliser of MurmurHash3. @returns a whole number of 32 bits, with sign */
export function scramble(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
