/** What is left behind, and where. */
import { z } from 'zod';
import { optionsOf } from './option.ts';

const option = optionsOf('Output');

export const outputOptions = {
  saveBest: z
    .enum(['webui', 'checkpoint', 'none'])
    .default('webui')
    .meta(
      option({
        value: 'where',
        description: 'Best merge as a checkpoint at the end: written by the WebUI, or by autombw',
      }),
    ),
  saveImages: z
    .enum(['all', 'best', 'none'])
    .default('best')
    .meta(
      option({
        value: 'which',
        description:
          'Images to keep beside the journal: of every iteration, of the best so far with baselines and the first, none',
      }),
    ),
  imageFormat: z
    .enum(['png', 'webp'])
    .default('png')
    .meta(
      option({
        value: 'format',
        description: 'Keep them as the server sent them (png), or as lossless webp',
      }),
    ),
  folder: z
    .string()
    .min(1)
    .default('.')
    .meta(option({ value: 'path', description: 'Where csv/ and recipes/ are written' })),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta(option({ value: 'level', description: 'How much goes into the log file' })),
};
