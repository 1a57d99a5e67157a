import { expect, it } from 'vitest';
import { createUniform } from '../../../src/shared/random.ts';

const draws = (...words: readonly number[]): number[] => {
  const uniform = createUniform(...words);
  return Array.from({ length: 1000 }, () => uniform());
};

it('is the same for the same words, in [0, 1), with a mean near a half', () => {
  const found = draws(1, 2);
  expect(draws(1, 2)).toEqual(found);
  expect(found.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(Math.abs(found.reduce((sum, value) => sum + value, 0) / found.length - 0.5)).toBeLessThan(0.05);
});

it('is another one for near words, their order, and words beyond 32 bits', () => {
  const streams = [[1], [2], [1, 2], [2, 1], [1, 0], [2 ** 32 + 1], [-1], []].map((words) => draws(...words));
  const firsts = new Set(streams.map(([first]) => first));
  expect(firsts.size).toBe(streams.length);
});
