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
    .meta(option({ value: 'n', description: 'Maximum number of iterations' })),
  minutes: z
    .number()
    .positive()
    .max(10_000_000)
    .default(10_000)
    .meta(option({ value: 'n', alias: 'budget-minutes', description: 'Maximum number of minutes' })),
  budgetImages: z
    .int()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'n',
        description: 'Maximum number of images in all iterations together (default: no limit)',
      }),
    ),
  earlyStop: z
    .boolean()
    .default(true)
    .meta(
      option({
        description: 'Stop when the score has stopped improving',
        off: 'Run all iterations even if the score stops improving',
      }),
    ),
  patience: z
    .int()
    .min(1)
    .default(27)
    .meta(option({ value: 'n', description: 'Iterations without improvement before stopping early' })),
  tolAbs: z
    .number()
    .min(0)
    .default(0)
    .meta(
      option({
        value: 'x',
        description: 'Minimum absolute improvement over the last --patience iterations',
      }),
    ),
  tolRel: z
    .number()
    .min(0)
    .default(0)
    .meta(
      option({
        value: 'percent',
        description:
          'Minimum improvement over the last --patience iterations, in percent of the best score before',
      }),
    ),
  maxFailures: z
    .int()
    .min(1)
    .default(5)
    .meta(option({ value: 'n', description: 'Consecutive failed iterations after which the run stops' })),
  prove: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .meta(
      option({
        value: 'n',
        description:
          'Fresh images per candidate (best, runner-up, A, B, half of each) for the proof at the end (default: as many as the payloads have, at least 8)',
        off: 'Skip the proof at the end',
      }),
    ),
};
