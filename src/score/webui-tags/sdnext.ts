import { z } from 'zod';
import type { WebuiApi } from './api.ts';
import { tagName } from './tag-name.ts';
import type { Tagger } from './tags.ts';

export const SDNEXT_PATH = '/sdapi/v1/tagger';

const replySchema = z.object({ scores: z.record(z.string(), z.number()) });

/** Most tags that it sends at once. */
const MAX_TAGS = 512;

/**
 * The tagger built into SD.Next.
 * @param model undefined = its default
 */
export function sdnext(api: WebuiApi, model: string | undefined): Tagger {
  return {
    async tagsOf(image, signal) {
      const body = {
        image: Buffer.from(image).toString('base64'),
        ...(model === undefined ? {} : { model }),
        threshold: 0,
        character_threshold: 0,
        max_tags: MAX_TAGS,
        show_scores: true,
        include_rating: false,
        use_spaces: false,
        escape_brackets: false,
      };
      const { scores } = await api.post(SDNEXT_PATH, body, replySchema, signal);
      return new Map(
        Object.entries(scores).map(([tag, value]) => [tagName(tag), Math.min(1, Math.max(0, value))]),
      );
    },
  };
}
