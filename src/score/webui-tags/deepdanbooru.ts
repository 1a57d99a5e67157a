import { z } from 'zod';
import { runError } from '../../errors.ts';
import type { WebuiApi } from './api.ts';
import type { BorrowedOptions } from './borrowed-options.ts';
import { readCaption } from './caption.ts';
import type { Tagger } from './tags.ts';

const PATH = '/sdapi/v1/interrogate';
const replySchema = z.object({ caption: z.string() });

/** Built into A1111 and Forge. Probabilities come only when the WebUI lets its settings be changed; else tags count as certain. */
export async function deepdanbooru(
  api: WebuiApi,
  options: BorrowedOptions,
  signal: AbortSignal,
): Promise<Tagger> {
  const isRanked = await options.take(signal);
  const fail = (what: string): Error =>
    runError('scorer-failed', `Scorer "webui-tags": the WebUI at ${api.shown} ${what}.`);

  return {
    async tagsOf(image, during) {
      const body = { image: Buffer.from(image).toString('base64'), model: 'deepdanbooru' };
      const { caption } = await api.post(PATH, body, replySchema, during);
      const read = readCaption(caption);
      if (read === null) {
        throw fail(
          'could not look at the picture (it says <error>); its log tells why, often a model that it cannot download',
        );
      }
      if (isRanked && !read.isRanked && read.tags.size > 0) {
        throw fail(
          'sends tags without probabilities now, so its setting interrogate_return_ranks was changed; leave it alone during a run',
        );
      }
      return read.tags;
    },
  };
}
