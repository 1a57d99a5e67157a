/** Where thousands of lists of numbers are looked up, their texts would take more room than they do. */

const BITS = new Int32Array(2);
const VALUE = new Float64Array(BITS.buffer);

/**
 * The same for equal lists, and seldom for others: a whole number of 30 bits, which takes no room of its own as the key of a map. A zero has no
 * sign here.
 */
export function hashOfNumbers(values: readonly number[]): number {
  let hash = 0;
  for (const value of values) {
    VALUE[0] = value + 0;
    hash = Math.imul(hash ^ (BITS[0] ?? 0), 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (BITS[1] ?? 0), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  return hash & 0x3fffffff;
}
