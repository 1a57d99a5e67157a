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
        description: 'Who writes the best merge as a checkpoint at the end: the WebUI, autombw, or nobody',
      }),
    ),
  saveImages: z
    .enum(['all', 'best', 'none'])
    .default('best')
    .meta(
      option({
        value: 'which',
        description:
          'Images to keep next to the journal: of all iterations, of the best ones with the baselines and the first, or none',
      }),
    ),
  imageFormat: z
    .enum(['png', 'webp'])
    .default('png')
    .meta(
      option({
        value: 'format',
        description: 'Format of kept images: as the server sent them (png), or lossless webp',
      }),
    ),
  folder: z
    .string()
    .min(1)
    .default('.')
    .meta(option({ value: 'path', description: 'Where to write csv/ and recipes/' })),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta(option({ value: 'level', description: 'Detail of the log file' })),
};
