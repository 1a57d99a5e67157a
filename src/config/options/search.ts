/** How the next weights are chosen, and what is known before the first. */
import { z } from 'zod';
import { optionsOf } from './option.ts';

const option = optionsOf('Search');

/** Value of an algorithm's parameter; the algorithm itself checks name and type. */
const parameter = z.union([z.number(), z.string(), z.boolean(), z.record(z.string(), z.number())]);

/** Without them the algorithm begins in its own way. */
const initCount = z.int().min(0).max(1000).optional();

export const searchOptions = {
  optimizer: z
    .string()
    .default('bayesian')
    .meta(option({ value: 'name', description: 'Search algorithm' })),
  optimizerOptions: z
    .record(z.string(), parameter)
    .default({})
    .meta(option({ value: 'key=value', description: 'Parameter of the algorithm; repeatable' })),
  optimizerSemantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .meta(
      option({
        value: 'how',
        description: 'compat reproduces the bugs of the Python tool, to explain old logs',
      }),
    ),
  optimizerB: z
    .string()
    .optional()
    .meta(
      option({
        value: 'name',
        description: 'Second algorithm, which takes over and learns from the first',
      }),
    ),
  optimizerBOptions: z
    .record(z.string(), parameter)
    .default({})
    .meta(option({ value: 'key=value', description: 'Parameter of the second algorithm' })),
  balance: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .meta(option({ value: 'share', description: 'Share of the iterations for the second algorithm' })),
  baselines: z
    .boolean()
    .default(true)
    .meta(
      option({
        description: 'Measure model A, model B and half of each first, to see what a merge has to beat',
        off: 'Do not measure model A, model B and half of each first',
      }),
    ),
  fewerLoras: z
    .boolean()
    .default(true)
    .meta(
      option({
        description:
          'Recommend a merge with fewer or weaker LoRAs where its score is within one standard error of the best',
        off: 'Recommend the merge with the best score, however many LoRAs it uses',
      }),
    ),
  seed: z
    .int()
    .min(0)
    .default(1)
    .meta(option({ value: 'n', description: 'Seed of the search (and of payloads with seed -1)' })),
  imagesPerTrial: z
    .union([z.enum(['auto', 'all']), z.int().min(1)], {
      error: 'must be auto, all or a whole number above 0',
    })
    .optional()
    .meta(
      option({
        value: 'auto|n|all',
        description:
          'Images per iteration: auto adapts the number, a number fixes it (the best still get all in the end), all draws every image (default: auto for more than 4 images, otherwise all)',
      }),
    ),
  warmStart: z
    .array(z.string())
    .default([])
    .meta(
      option({
        value: 'weights',
        description:
          'Weights to start from: 27 numbers, preset:NAME, a recipe, a merged checkpoint, a history CSV or a run; repeatable',
      }),
    ),
  presets: z
    .array(z.string().min(1))
    .default([])
    .meta(option({ value: 'file', description: 'Your own preset file; repeatable' })),
  learn: z
    .array(z.string().min(1))
    .default([])
    .meta(
      option({
        value: 'history',
        description:
          'History CSV or journal of the same models, payloads and scorer, for the optimizer to learn from; repeatable',
      }),
    ),
  initGrid: initCount.meta(option({ value: 'n', description: 'Points of a coarse grid to measure first' })),
  initVertices: initCount.meta(
    option({ value: 'n', description: 'Corners of the search space to measure first' }),
  ),
  initRandom: initCount.meta(option({ value: 'n', description: 'Random points to measure first' })),
};
