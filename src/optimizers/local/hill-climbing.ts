import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { localSearchOptions } from './behaviour.ts';
import { createLocalSearch } from './local-search.ts';

export const hillClimbing = defineOptimizer({
  name: 'hill-climbing',
  pythonClass: 'HillClimbingOptimizer',
  version: 1,
  title: 'Hill climbing',
  sentence:
    'Tries a few random neighbours of the best point so far and moves to the best of them; simple and local.',
  source:
    'Gradient-Free-Optimizers 1.3, HillClimbingOptimizer; starts from the best initial point, stops at walls, and never repeats a point.',
  options: z.strictObject(localSearchOptions),
  createProposer: (settings, context) => createLocalSearch(settings, {}, context),
});
