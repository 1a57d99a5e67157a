import { z } from 'zod';
import { isExpected, runError } from '../../shared/errors.ts';
import type { WebuiApi } from './api.ts';
import type { BorrowedOptions } from './borrowed-options.ts';
import { readCaption } from './caption.ts';
import type { Tagger } from './tags.ts';

const PATH = '/sdapi/v1/interrogate';
const replySchema = z.object({ caption: z.string() });

const NO_MODEL =
  'Most likely the deepdanbooru model is missing there and could not be downloaded: put model-resnet_custom_v3.pt into the folder models/torch_deepdanbooru of the WebUI, or let the WebUI download it once while it is online.';

/** Built into A1111 and Forge. Probabilities come only when the WebUI lets its settings be changed; else tags count as certain. */
export async function deepdanbooru(
  api: WebuiApi,
  options: BorrowedOptions,
  signal: AbortSignal,
): Promise<Tagger> {
  const isRanked = await options.take(signal);
  const fail = (what: string): Error =>
    runError('scorer-failed', `Scorer "webui-tags": the WebUI at ${api.shown} ${what}.`);

  /** It loads its model at the first look, and what goes wrong there has no words of its own in the reply. */
  let hasLooked = false;

  return {
    async tagsOf(image, during) {
      const body = { image: Buffer.from(image).toString('base64'), model: 'deepdanbooru' };
      const { caption } = await api.post(PATH, body, replySchema, during).catch((error: unknown) => {
        if (hasLooked || !isExpected(error) || !/answered with status 500/.test(error.message)) throw error;
        throw runError('scorer-failed', `${error.message.replace(/\.$/, '')}. ${NO_MODEL}`, { cause: error });
      });
      hasLooked = true;
      const read = readCaption(caption);
      if (read === null) {
        throw fail(
          'could not analyse the image (it returned <error>); its log shows why, often a model it cannot download',
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
