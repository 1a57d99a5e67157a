import type { Question } from '../../../journal/rating-files.ts';
import type { MeasuredImages, ScoreItem } from '../../scorer.ts';
import { HIGHEST_RATING } from '../answer.ts';
import { meanRating, oneScale, PEOPLE_VERSION } from '../people.ts';
import { questionOf } from '../question-of.ts';
import { RATINGS_VERSION } from '../rating-way.ts';
import { said, type PageWay } from './page-way.ts';
import type { PictureFolder } from './picture-folder.ts';

/** Every image is rated from 0 to 10; those of several people go on one scale. */
export function ratingPageWay(people: number): PageWay {
  let measured: Pick<MeasuredImages, 'trials'> = { trials: () => [] };
  return {
    ask: 'ratings',
    version: people > 1 ? PEOPLE_VERSION : RATINGS_VERSION,
    // On the scale of all, somebody's 10 may be more.
    range: people > 1 ? { min: null, max: null } : { min: 0, max: HIGHEST_RATING },
    ahead: Infinity,
    keepsPictures: false,

    follow: (images) => {
      measured = images;
    },

    pose: async (item, pixels, pictures) => poseRating(item, pixels, pictures),

    resultOf(item, answers) {
      const [only] = answers;
      if (people === 1 && only !== undefined && 'rating' in only)
        return { state: 'scored', value: only.rating, ...said([only]) };
      const { place } = item;
      const own = place ?? { trial: 0, request: '', index: 0 };
      const image = { request: own.request, index: own.index, answers };
      const scale = oneScale([...measured.trials(), { id: own.trial, images: [image] }]);
      return { state: 'scored', value: meanRating(answers, scale) ?? 0, ...said(answers) };
    },
  };
}

/** @throws run error `rating-write` */
export async function poseRating(
  item: ScoreItem,
  pixels: string,
  pictures: PictureFolder,
): Promise<Question> {
  await pictures.put(pixels, item.bytes);
  return questionOf(item, pixels, null);
}
