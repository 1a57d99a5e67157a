import type { Question } from '../../../journal/rating-files.ts';
import type { ImagePlace } from '../../scorer.ts';
import { ComparedImages } from '../compared-images.ts';
import { MIDDLE, PAIRS_VERSION } from '../preference.ts';
import { questionOf } from '../question-of.ts';
import { said, type AskedBefore, type PageWay } from './page-way.ts';
import type { PictureFolder } from './picture-folder.ts';
import { poseRating } from './rating-page-way.ts';

/** Of one person: the next question is there while this one is answered, and was chosen knowing the answer before. */
const AHEAD = 2;

/** Every image is put beside that of the same request of an earlier trial: see `pairWay`, which asks the same in the terminal. */
export function pairPageWay(people: number): PageWay {
  const compared = new ComparedImages();

  /** The first one whose picture is still there. */
  async function findOpponent(
    place: ImagePlace,
    opponents: readonly number[],
    pictures: PictureFolder,
  ): Promise<Question['against']> {
    for (const trial of opponents) {
      const pixels = compared.pixelsOf(trial, place);
      if (pixels === undefined) continue;
      if (pictures.has(pixels)) return { trial, pixels };
      const bytes = await compared.measured.read({ ...place, trial, pixels });
      if (bytes === undefined) continue;
      await pictures.put(pixels, bytes);
      return { trial, pixels };
    }
    return null;
  }

  /** What was asked before, and perhaps answered by some, is asked as it was. */
  async function isStillOfUse(
    { question: { against }, isAnswered }: AskedBefore,
    place: ImagePlace,
    pictures: PictureFolder,
  ): Promise<boolean> {
    if (against === null) return isAnswered;
    // What was doubted since is no longer among the trials.
    if (compared.pixelsOf(against.trial, place) !== against.pixels) return false;
    return (await findOpponent(place, [against.trial], pictures)) !== null || isAnswered;
  }

  return {
    ask: 'pairs',
    version: PAIRS_VERSION,
    range: { min: null, max: null },
    ahead: people > 1 ? Infinity : AHEAD,
    keepsPictures: true,

    follow: (images) => {
      compared.measured = images;
    },

    async pose(item, pixels, pictures, before) {
      const { place } = item;
      // Images of no search, or of requests of their own, have none to be put beside.
      if (place === undefined || !compared.measured.has(place.request))
        return poseRating(item, pixels, pictures);
      await pictures.put(pixels, item.bytes);
      const recalled = people > 1 ? undefined : compared.measured.recall({ ...place, pixels });
      if (recalled !== undefined) {
        compared.say(place, [recalled]);
        return { state: 'scored', value: compared.meritOf(place), answer: recalled };
      }
      const opponents = compared.opponentsOf(place);
      if (opponents.length === 0) return { state: 'scored', value: MIDDLE };
      if (before !== undefined && (await isStillOfUse(before, place, pictures)))
        return questionOf(item, pixels, before.question.against);
      return questionOf(item, pixels, await findOpponent(place, opponents, pictures));
    },

    note({ place }, answers) {
      if (place === undefined) return;
      if (answers.length === 0) compared.takeBack(place);
      else compared.say(place, answers);
    },

    resultOf({ place }, answers) {
      const ratings = answers.flatMap((answer) => ('rating' in answer ? [answer.rating] : []));
      const mean = ratings.reduce((sum, rating) => sum + rating, 0) / Math.max(1, ratings.length);
      if (place === undefined || !compared.measured.has(place.request))
        return { state: 'scored', value: mean, ...said(answers) };
      compared.say(place, answers);
      return { state: 'scored', value: compared.meritOf(place), ...said(answers) };
    },

    settle: (item, result) => compared.keep(item, result),
  };
}
