/** When a search has found enough, or has failed too often. */
import { z } from 'zod';
import { optionsOf } from './option.ts';

const option = optionsOf('When to stop');

export const stopOptions = {
  iterations: z
    .int()
    .min(1)
    .max(100_000)
    .default(270)
    .meta(option({ value: 'n', description: 'Most iterations' })),
  minutes: z
    .number()
    .positive()
    .max(10_000_000)
    .default(10_000)
    .meta(option({ value: 'n', alias: 'budget-minutes', description: 'Most minutes' })),
  budgetImages: z
    .int()
    .min(1)
    .optional()
    .meta(option({ value: 'n', description: 'Most images, of all iterations together (default: no limit)' })),
  earlyStop: z
    .boolean()
    .default(true)
    .meta(option({ description: 'Stop when the score no longer gets better' })),
  patience: z
    .int()
    .min(1)
    .default(27)
    .meta(option({ value: 'n', description: 'Iterations without gain before the early stop' })),
  tolAbs: z
    .number()
    .min(0)
    .default(0)
    .meta(
      option({
        value: 'x',
        description: 'Gain within the last --patience iterations that is too small to go on for',
      }),
    ),
  tolRel: z
    .number()
    .min(0)
    .default(0)
    .meta(option({ value: 'percent', description: 'The same in percent of the best score before' })),
  maxFailures: z
    .int()
    .min(1)
    .default(5)
    .meta(option({ value: 'n', description: 'Failed iterations in a row before the run stops' })),
  prove: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .meta(
      option({
        value: 'n',
        description:
          'Fresh images for each of best, runner-up, A, B and half in the proof at the end (default: as many as the payloads have, at least 8)',
        off: 'No proof at the end',
      }),
    ),
};
