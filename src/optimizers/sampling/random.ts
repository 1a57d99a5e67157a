import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import { uniformPoint } from '../ask-tell/initial-points.ts';

export const randomSearch = defineOptimizer({
  name: 'random',
  pythonClass: 'RandomSearchOptimizer',
  version: 1,
  title: 'Random search',
  sentence: 'Draws every point uniformly from the whole grid; the baseline any other optimizer must beat.',
  source: 'Gradient-Free-Optimizers, RandomSearchOptimizer, without its repeats.',
  options: z.strictObject({}),
  createProposer: (_options, { grid }) => ({ propose: ({ random }) => uniformPoint(grid, random) }),
});
