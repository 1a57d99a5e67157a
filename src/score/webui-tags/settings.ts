import { z } from 'zod';
import { outsideSettings } from '../external/settings.ts';

export const webuiTagsSettings = z
  .strictObject({
    url: z.string().min(1).optional().describe('Address of the WebUI (default: the one used by the search).'),
    via: z
      .enum(['auto', 'deepdanbooru', 'tagger', 'sdnext'])
      .default('auto')
      .describe(
        'deepdanbooru: built into A1111 and Forge. tagger: the extension wd14-tagger. sdnext: built into SD.Next. ' +
          'auto: the first available of tagger, sdnext, deepdanbooru; name one if runs are to be compared.',
      ),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('Model for tagger or sdnext (default: the first, or its own default).'),
    lambda: z.number().min(0).max(10).default(0.5).describe('How much unwanted tags lower the score.'),
    minimumTags: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe('Minimum number of tags a prompt needs for a meaningful score.'),
    timeout: z
      .number()
      .positive()
      .max(86_400)
      .default(600)
      .describe('Maximum seconds per answer, which waits for images being made.'),
    version: outsideSettings.version,
  })
  .refine(({ via, model }) => via !== 'deepdanbooru' || model === undefined, {
    path: ['model'],
    message: 'is for tagger and sdnext; deepdanbooru has one model',
  });

export type WebuiTagsSettings = z.output<typeof webuiTagsSettings>;
