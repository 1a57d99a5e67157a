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
    .meta(option({ value: 'key=value', description: 'Parameter of the algorithm; repeat for more' })),
  optimizerSemantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .meta(
      option({
        value: 'how',
        description: 'compat repeats the defects of the Python tool, to explain old logs',
      }),
    ),
  optimizerB: z
    .string()
    .optional()
    .meta(
      option({
        value: 'name',
        description: 'A second algorithm that takes over and learns all that the first has found',
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
    .meta(option({ value: 'share', description: 'Share of the iterations for the second one' })),
  baselines: z
    .boolean()
    .default(true)
    .meta(
      option({
        description: 'Measure model A, model B and half of each first, to see what a merge has to beat',
      }),
    ),
  fewerLoras: z
    .boolean()
    .default(true)
    .meta(
      option({
        description:
          'Recommend a merge with fewer or weaker LoRAs where its score is within one standard error of the best',
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
          'Images of every iteration: as the search goes, a number (the best get all in the end), or all of the payloads (default: auto for more than 4 images, else all)',
      }),
    ),
  warmStart: z
    .array(z.string())
    .default([])
    .meta(
      option({
        value: 'weights',
        description:
          'Where to begin: 27 numbers, preset:NAME, a recipe, merged checkpoint, history CSV or run; repeat for more',
      }),
    ),
  presets: z
    .array(z.string().min(1))
    .default([])
    .meta(
      option({ value: 'file', description: 'File of presets beside the built-in ones; repeat for more' }),
    ),
  learn: z
    .array(z.string().min(1))
    .default([])
    .meta(
      option({
        value: 'history',
        description:
          'History CSV or journal of the same models, payloads and scorer: the optimizer learns every row',
      }),
    ),
  initGrid: initCount.meta(
    option({ value: 'n', description: 'Points of a coarse mesh that are measured first' }),
  ),
  initVertices: initCount.meta(
    option({ value: 'n', description: 'Corners of the space that are measured first' }),
  ),
  initRandom: initCount.meta(option({ value: 'n', description: 'Random points that are measured first' })),
};
