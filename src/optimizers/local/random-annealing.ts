import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { localSearchOptions } from './behaviour.ts';
import { createLocalSearch } from './local-search.ts';

const options = z.strictObject({
  ...localSearchOptions,
  start_temp: z.number().positive().default(10).describe('factor of the first step'),
  annealing_rate: z.number().gt(0).max(1).default(0.98).describe('factor of the step after every move'),
});

export const randomAnnealing = defineOptimizer({
  name: 'random-annealing',
  pythonClass: 'RandomAnnealingOptimizer',
  version: 1,
  title: 'Random annealing',
  sentence: 'Hill climbing whose steps start as wide as the space and shrink with every move.',
  source: 'Gradient-Free-Optimizers 1.3, RandomAnnealingOptimizer; steps never fall below one grid step.',
  options,
  createProposer: (settings, context) =>
    createLocalSearch(settings, { stepFactor: (move) => stepFactor(settings, move) }, context),
});

/** @param move moves before this one */
export function stepFactor(
  { start_temp, annealing_rate }: Pick<z.output<typeof options>, 'start_temp' | 'annealing_rate'>,
  move: number,
): number {
  return start_temp * annealing_rate ** move;
}
