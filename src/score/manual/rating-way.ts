import { hashPixels } from '../../images/decode.ts';
import type { ScoreItem } from '../scorer.ts';
import { HIGHEST_RATING, parseAnswer } from './answer.ts';
import { questionOf } from './question-of.ts';
import { captionOf, SKIPPED, type Posed, type Screen, type Way } from './way.ts';

export const RATINGS_VERSION = 'manual/1';

/** Every image is rated from 0 to 10. */
export function ratingWay(): Way {
  return {
    version: RATINGS_VERSION,
    range: { min: 0, max: HIGHEST_RATING },
    keepsFiles: false,
    async pose(item, file, screen, recall) {
      const said = recall(questionOf(item, hashPixels(item.pixels), null).id);
      if (said === undefined) return poseRating(item, file, screen);
      return 'rating' in said ? { state: 'scored', value: said.rating } : SKIPPED;
    },
  };
}

export async function poseRating(item: ScoreItem, file: string, screen: Screen): Promise<Posed> {
  const picture = await screen.picture(item);
  return {
    id: questionOf(item, hashPixels(item.pixels), null).id,
    text: [...captionOf(item), `  file    ${file}`, ...(picture === '' ? [] : [picture]), ''].join('\n'),
    question: `Rating, 0 to ${HIGHEST_RATING} (s skips, u undoes the last one, q stops): `,
    help: `Give a number from 0 to ${HIGHEST_RATING}, s, u or q.\n`,
    read: (line) => {
      const answer = parseAnswer(line);
      if (answer.kind !== 'rating') return { kind: answer.kind };
      const { value } = answer;
      return { kind: 'said', said: { rating: value }, result: { state: 'scored', value } };
    },
  };
}
