/** The extension wd14-tagger: the older line (toriato) answers with a flat list, the newer (picobyte) with ratings apart. */
import { z } from 'zod';
import { runError, usageError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import type { WebuiApi } from './api.ts';
import { tagName } from './tag-name.ts';
import type { Tagger } from './tags.ts';

export const TAGGER_PATH = '/tagger/v1/interrogate';

const modelsSchema = z.object({ models: z.array(z.string()) });
const tagsSchema = z.record(z.string(), z.number());
/** In the flat list they stand among the tags. */
const RATINGS = new Set(['general', 'sensitive', 'questionable', 'explicit', 'safe']);
const replySchema = z.object({
  caption: z.union([
    z.object({ tag: tagsSchema }).transform(({ tag }) => Object.entries(tag)),
    tagsSchema.transform((flat) => Object.entries(flat).filter(([tag]) => !RATINGS.has(tag))),
  ]),
});

/**
 * @param wanted undefined = the first that the extension lists
 * @throws usage error `scorer-options` for a model that it does not have; run error `scorer-start` when it lists none
 */
export async function taggerExtension(
  api: WebuiApi,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<Tagger> {
  const { models } = await api.get('/tagger/v1/interrogators', modelsSchema, signal);
  // The list may be empty until somebody opens the extension's page.
  if (wanted !== undefined && models.length > 0 && !models.includes(wanted)) {
    throw usageError(
      'scorer-options',
      `The tagger of the WebUI at ${api.shown} has no model "${wanted}".${didYouMean(wanted, models)} Choose one of ${models.join(', ')}.`,
    );
  }
  const model = wanted ?? models[0];
  if (model === undefined) {
    throw runError(
      'scorer-start',
      `The tagger of the WebUI at ${api.shown} lists no model; name one with the setting model of scorer "webui-tags", or set via to deepdanbooru.`,
    );
  }
  return {
    async tagsOf(image, during) {
      const body = { image: Buffer.from(image).toString('base64'), model, threshold: 0 };
      const { caption } = await api.post(TAGGER_PATH, body, replySchema, during);
      return new Map(caption.map(([tag, value]) => [tagName(tag), Math.min(1, Math.max(0, value))]));
    },
  };
}
