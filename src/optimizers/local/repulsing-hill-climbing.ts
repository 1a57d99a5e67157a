import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { localSearchOptions } from './behaviour.ts';
import { createLocalSearch } from './local-search.ts';

const options = z.strictObject({
  ...localSearchOptions,
  repulsion_factor: z
    .number()
    .positive()
    .default(5)
    .describe('factor applied to the step when nothing better was found'),
});

export const repulsingHillClimbing = defineOptimizer({
  name: 'repulsing-hill-climbing',
  pythonClass: 'RepulsingHillClimbingOptimizer',
  version: 1,
  title: 'Repulsing hill climbing',
  sentence: 'Hill climbing that takes long steps while it finds nothing better, and short ones after a gain.',
  source:
    'Gradient-Free-Optimizers 1.3, RepulsingHillClimbingOptimizer; one decision for every set of neighbours.',
  options,
  createProposer: (settings, context) =>
    createLocalSearch(
      settings,
      { stepFactor: (_move, gained) => (gained ? 1 : settings.repulsion_factor) },
      context,
    ),
});
