import type { ScoreItem } from '../scorer.ts';
import { HIGHEST_RATING, parseAnswer } from './answer.ts';
import { captionOf, type Posed, type Screen, type Way } from './way.ts';

export const RATINGS_VERSION = 'manual/1';

/** Every image is rated from 0 to 10. */
export function ratingWay(): Way {
  return {
    version: RATINGS_VERSION,
    range: { min: 0, max: HIGHEST_RATING },
    keepsFiles: false,
    pose: poseRating,
  };
}

export async function poseRating(item: ScoreItem, file: string, screen: Screen): Promise<Posed> {
  const picture = await screen.picture(item);
  return {
    text: [...captionOf(item), `  file    ${file}`, ...(picture === '' ? [] : [picture]), ''].join('\n'),
    question: `Rating, 0 to ${HIGHEST_RATING} (s skips, u takes the last one back, q stops): `,
    help: `Give a number from 0 to ${HIGHEST_RATING}, s, u or q.\n`,
    read: (line) => {
      const answer = parseAnswer(line);
      if (answer.kind !== 'rating') return { kind: answer.kind };
      return { kind: 'said', result: { state: 'scored', value: answer.value } };
    },
  };
}
