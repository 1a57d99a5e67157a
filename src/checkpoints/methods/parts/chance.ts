/** Chance by place: whether an element is dropped depends on seed, tensor, model and its number, whoever computes it and in which pieces. */
import { scramble } from '../../../shared/random.ts';

/**
 * A number from [0, 1) with 32 bits for every element: two rounds of the finaliser of MurmurHash3 over the element's number and the words.
 * @param seed from 0 to 2^32 - 1
 * @param key of the tensor
 * @param model number of the model, B is 1
 */
export function chanceBy(seed: number, key: number, model: number): (element: number) => number {
  const one = scramble(scramble(seed) ^ key);
  const other = scramble(one ^ model);
  return (element) => (scramble(scramble(element ^ one) + other) >>> 0) / 2 ** 32;
}
