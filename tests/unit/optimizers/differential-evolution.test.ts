import { expect, it } from 'vitest';
import { crossover, mutate } from '../../../src/optimizers/population/differential-evolution.ts';

it('a mutant is base + F (left − right), stopped at the walls', () => {
  const mutant = mutate([0.5, 0.9, 0.1], [0.6, 0.7, 0.2], [0.2, 0.1, 0.9], 0.9);
  expect(mutant[0]).toBeCloseTo(0.86, 12);
  expect(mutant.slice(1)).toEqual([1, 0]);
});

it('a child is the mutant where every coordinate crosses over, the target where none does', () => {
  const mutant = [0.1, 0.2, 0.3];
  const target = [0.7, 0.8, 0.9];
  expect(crossover(mutant, target, () => true)).toEqual(mutant);
  expect(crossover(mutant, target, () => false)).toEqual(target);
  expect(crossover(mutant, target, (d) => d === 1)).toEqual([0.7, 0.2, 0.9]);
});
