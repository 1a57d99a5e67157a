import { expect, it } from 'vitest';
import { highest, lowest } from '../../../src/shared/extremes.ts';

it('the highest and the lowest of more numbers than a call has arguments for', () => {
  const many = Array.from({ length: 300_000 }, (_, n) => (n * 7919) % 300_007);
  expect(() => Math.max(...many)).toThrow(RangeError);
  expect([highest(many), lowest(many)]).toEqual([many.toSorted((a, b) => b - a)[0], 0]);
});

it('of none and of no number they are what Math.max and Math.min say', () => {
  for (const numbers of [[], [3], [2, Number.NaN, 5], [-1, -4]])
    expect([highest(numbers), lowest(numbers)]).toEqual([Math.max(...numbers), Math.min(...numbers)]);
});
