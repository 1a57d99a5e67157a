import { z } from 'zod';
import { outsideSettings } from '../external/settings.ts';

export const webuiTagsSettings = z
  .strictObject({
    url: z
      .string()
      .min(1)
      .optional()
      .describe('Address of the WebUI that is asked; the one of the search where left out.'),
    via: z
      .enum(['auto', 'deepdanbooru', 'tagger', 'sdnext'])
      .default('auto')
      .describe(
        'deepdanbooru: built into A1111 and Forge. tagger: the extension wd14-tagger. sdnext: built into SD.Next. ' +
          'auto: the first of tagger, sdnext, deepdanbooru that is there; name one where runs are to be compared.',
      ),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('Model of tagger or sdnext; the first, or the default one, where left out.'),
    lambda: z.number().min(0).max(10).default(0.5).describe('How much unwanted tags take away.'),
    minimumTags: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe('Tags that a prompt must have for the score to mean something.'),
    timeout: z
      .number()
      .positive()
      .max(86_400)
      .default(600)
      .describe('Seconds that one answer may take: it waits for images that are being made.'),
    version: outsideSettings.version,
  })
  .refine(({ via, model }) => via !== 'deepdanbooru' || model === undefined, {
    path: ['model'],
    message: 'is for tagger and sdnext; deepdanbooru has one model',
  });

export type WebuiTagsSettings = z.output<typeof webuiTagsSettings>;
