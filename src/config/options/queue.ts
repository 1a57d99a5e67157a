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
          'Redis or Valkey from which workers take the work (docs/queue.md); a password better through AUTOMBW_QUEUE',
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
        description: 'Certificate of an authority of your own, for a queue at rediss://',
      }),
    ),
  scoreAt: z
    .enum(['worker', 'coordinator'])
    .optional()
    .meta(
      option({
        value: 'place',
        description:
          'Where images of the queue get their scores (default: at the worker where the scorers need nothing else)',
      }),
    ),
};
