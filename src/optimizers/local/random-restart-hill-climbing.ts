import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { localSearchOptions } from './behaviour.ts';
import { createLocalSearch } from './local-search.ts';

const options = z.strictObject({
  ...localSearchOptions,
  n_iter_restart: z.int().min(1).default(10).describe('one in this many trials is a uniform point'),
});

export const randomRestartHillClimbing = defineOptimizer({
  name: 'random-restart-hill-climbing',
  pythonClass: 'RandomRestartHillClimbingOptimizer',
  version: 1,
  title: 'Random restart hill climbing',
  sentence: 'Hill climbing that regularly tries a uniform point and continues from there if it is better.',
  source:
    'Russell & Norvig, Artificial Intelligence, section on local search; the published program tries a place first and moves only for a gain: Gradient-Free-Optimizers 1.3, RandomRestartHillClimbingOptimizer.',
  options,
  createProposer: (settings, context) =>
    createLocalSearch(
      settings,
      { jumps: (trial) => trial > 0 && trial % settings.n_iter_restart === 0 },
      context,
    ),
});
