/** With which earlier trial an image is compared. */
import { imageKey } from '../../images/names.ts';
import type { ImagePlace, MeasuredTrialImages } from '../scorer.ts';
import { answersOf } from './answers-of.ts';
import { meanMerit, meritsOf, ROUGHLY, type AnsweredTrial } from './preference.ts';

/** Only so many of the best ones: what lies between the worst is of no use to a search. */
const BEST = 8;

/**
 * Trials that have the same image, the most telling one first. The first image of a trial meets the best trial; after that it is the one
 * whose merit is nearest to what the answers so far say of this trial, because an answer that is certain beforehand tells nothing.
 * @param own images of the trial itself, those with an answer among them
 */
export function opponentsOf(
  place: ImagePlace,
  measured: readonly MeasuredTrialImages[],
  own: AnsweredTrial['images'],
): number[] {
  const others = measured.filter(({ id }) => id !== place.trial);
  const merits = meritsOf([...others, { id: place.trial, images: own }], ROUGHLY);
  const meritOf = (id: number): number => meanMerit(merits.get(id));
  const ranked = others
    .filter(({ images }) => images.some((image) => keyOf(image) === keyOf(place)))
    .map(({ id }) => id)
    .toSorted((one, other) => meritOf(other) - meritOf(one));
  if (!own.some((image) => answersOf(image).length > 0)) return ranked;
  const mine = meritOf(place.trial);
  const near = ranked
    .slice(0, BEST)
    .toSorted((one, other) => Math.abs(meritOf(one) - mine) - Math.abs(meritOf(other) - mine));
  return [...near, ...ranked.slice(BEST)];
}

function keyOf({ request, index }: Pick<ImagePlace, 'request' | 'index'>): string {
  return imageKey(request, index);
}
