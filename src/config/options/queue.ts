/** Workers elsewhere that take the work from a queue. */
import { z } from 'zod';
import { optionsOf } from './option.ts';

const option = optionsOf('Queue');

export const queueOptions = {
  queue: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .meta(
      option({
        value: 'url',
        env: 'AUTOMBW_QUEUE',
        secret: true,
        description:
          'Redis or Valkey that distributes the work to workers (docs/queue.md); if it has a password, prefer the environment variable',
      }),
    ),
  queueCa: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'file',
        env: 'AUTOMBW_QUEUE_CA',
        description: 'Certificate of your own certificate authority, for a queue at rediss://',
      }),
    ),
  scoreAt: z
    .enum(['worker', 'coordinator'])
    .optional()
    .meta(
      option({
        value: 'place',
        description:
          'Where the images of a queue are scored (default: at the worker, unless a scorer needs this machine)',
      }),
    ),
};
