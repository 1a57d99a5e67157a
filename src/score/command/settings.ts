import { z } from 'zod';
import { isOrdered, outsideSettings, RANGE_RULE } from '../external/settings.ts';

export const commandSettings = z
  .strictObject({
    run: z.string().min(1).describe('Command line of the scorer, run without a shell.'),
    image: z.enum(['path', 'base64']).default('path').describe('How images are passed to the scorer.'),
    startTimeout: z
      .number()
      .positive()
      .max(86_400)
      .default(600)
      .describe('Seconds within which the scorer must be ready.'),
    ...outsideSettings,
  })
  .refine(isOrdered, { path: ['min'], message: RANGE_RULE });

export type CommandSettings = z.output<typeof commandSettings>;
